package io.github.bilevel4j.backend.tensorflow;

import io.github.bilevel4j.backend.Cluster;
import io.github.bilevel4j.check.UsageError;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.util.Optional;
import org.bytedeco.javacpp.BytePointer;
import org.tensorflow.Graph;
import org.tensorflow.Server;
import org.tensorflow.Session;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.internal.c_api.TF_Graph;
import org.tensorflow.internal.c_api.TF_Session;
import org.tensorflow.internal.c_api.TF_SessionOptions;
import org.tensorflow.internal.c_api.TF_Status;
import org.tensorflow.internal.c_api.global.tensorflow;
import org.tensorflow.proto.ClusterDef;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.JobDef;
import org.tensorflow.proto.ServerDef;

/**
 * Sessions on this process's TensorFlow server. TensorFlow's own class cannot name the server that
 * a session is for: the session is made by the C API, and handed to a constructor that is not
 * public.
 */
final class ClusterSession {
  /** The job to which all replicas belong. */
  static final String JOB = "worker";

  /** A process has one server; TensorFlow cannot stop it. */
  private static Optional<Running> running = Optional.empty();

  private static int keys;

  /** The server, which would be deleted with the object that holds it. */
  private record Running(Cluster cluster, Server server) {}

  private ClusterSession() {}

  /** A session for a graph. */
  static Session of(Graph graph, Cluster cluster, ConfigProto settings) {
    start(cluster, settings);
    TF_Status status = tensorflow.TF_NewStatus();
    TF_SessionOptions options = tensorflow.TF_NewSessionOptions();
    byte[] bytes = settings.toByteArray();
    try (BytePointer target = new BytePointer("grpc://" + cluster.addresses().get(cluster.rank()));
        BytePointer config = new BytePointer(bytes)) {
      tensorflow.TF_SetTarget(options, target);
      tensorflow.TF_SetConfig(options, config, bytes.length, status);
      requireOk(status);
      TF_Session session = tensorflow.TF_NewSession(handle(graph), options, status);
      requireOk(status);
      return session(graph, session);
    } finally {
      tensorflow.TF_DeleteSessionOptions(options);
      tensorflow.TF_DeleteStatus(status);
    }
  }

  /** A number for the next sum: the same on all replicas, which make the same sums in one order. */
  static synchronized int nextKey() {
    return ++keys;
  }

  private static synchronized void start(Cluster cluster, ConfigProto settings) {
    if (running.isEmpty()) {
      Peers peers = new Peers(cluster);
      peers.requireOwn();
      JobDef.Builder job = JobDef.newBuilder().setName(JOB);
      for (int task = 0; task < cluster.replicas(); task++) {
        job.putTasks(task, cluster.addresses().get(task));
      }
      ServerDef definition =
          ServerDef.newBuilder()
              .setCluster(ClusterDef.newBuilder().addJob(job))
              .setJobName(JOB)
              .setTaskIndex(cluster.rank())
              .setProtocol("grpc")
              .setDefaultSessionConfig(settings)
              .build();
      try {
        Server server = new Server(definition);
        server.start();
        running = Optional.of(new Running(cluster, server));
        peers.await();
      } catch (TensorFlowException failure) {
        throw UsageError.in("cluster")
            .because(
                "this process cannot listen at %s: %s",
                cluster.addresses().get(cluster.rank()), failure.getMessage())
            .maybe("another process does.");
      }
    } else if (!running.orElseThrow().cluster().addresses().equals(cluster.addresses())
        || running.orElseThrow().cluster().rank() != cluster.rank()) {
      throw UsageError.in("cluster")
          .because("this process is a replica of another cluster, for as long as it runs")
          .value("addresses", String.join(",", running.orElseThrow().cluster().addresses()))
          .value("rank", running.orElseThrow().cluster().rank())
          .error();
    }
  }

  private static void requireOk(TF_Status status) {
    if (tensorflow.TF_GetCode(status) != tensorflow.TF_OK) {
      throw new IllegalStateException(
          "session in the cluster: " + tensorflow.TF_Message(status).getString());
    }
  }

  private static TF_Graph handle(Graph graph) {
    try {
      Field handle = Graph.class.getDeclaredField("nativeHandle");
      handle.setAccessible(true);
      return (TF_Graph) handle.get(graph);
    } catch (ReflectiveOperationException | RuntimeException failure) {
      throw otherVersion("the field Graph.nativeHandle", failure);
    }
  }

  private static Session session(Graph graph, TF_Session handle) {
    try {
      Constructor<Session> constructor =
          Session.class.getDeclaredConstructor(Graph.class, TF_Session.class);
      constructor.setAccessible(true);
      return constructor.newInstance(graph, handle);
    } catch (ReflectiveOperationException | RuntimeException failure) {
      throw otherVersion("the constructor Session(Graph, TF_Session)", failure);
    }
  }

  private static IllegalStateException otherVersion(String missing, Exception failure) {
    return new IllegalStateException(
        "session in the cluster: TensorFlow Java 1.1.0 has "
            + missing
            + ", and the version on the class path has not",
        failure);
  }
}
