package io.github.bilevel4j.backend.tensorflow;

import io.github.bilevel4j.backend.Cluster;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import java.util.Optional;
import org.tensorflow.DeviceSpec;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.GPUOptions;
import org.tensorflow.proto.GraphOptions;
import org.tensorflow.proto.RewriterConfig;

/** How TensorFlow is set up. */
final class SessionSettings {
  /** Threads of an operation; zero for one for each processor. */
  private static int threads;

  /** Whether a session was opened: the first one of a process makes the threads of all. */
  private static boolean begun;

  private SessionSettings() {}

  /**
   * Splits each operation among a number of threads.
   *
   * @throws UsageError if there is none, or a session has another number
   */
  static synchronized void useThreads(int number) {
    Require.in("threads").atLeast(1, "number of threads", number);
    if (begun && threads != number) {
      throw UsageError.in("threads")
          .because("TensorFlow computes already, with %s", description())
          .row("asked for", String.valueOf(number))
          .maybe("useThreads(%d) was meant before the first engine of the program.", number);
    }
    threads = number;
  }

  /** For instance {@code 2 threads}. */
  static synchronized String description() {
    int number = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
    return number + (number == 1 ? " thread" : " threads");
  }

  /** Settings for a session on one device. */
  static ConfigProto forEngine(Device device) {
    ConfigProto.Builder settings = common();
    RewriterConfig.Builder rewriting = RewriterConfig.newBuilder();
    if (device.kind() == Device.Kind.CPU) {
      settings.putDeviceCount("GPU", 0);
      // On a processor the rewritten graph is no faster, and rewriting 8,000 nodes takes 10 s.
      rewriting.setDisableMetaOptimizer(true);
    } else {
      rewriting.setMetaOptimizerIterations(RewriterConfig.NumIterationsType.ONE);
    }
    return settings.setGraphOptions(GraphOptions.newBuilder().setRewriteOptions(rewriting)).build();
  }

  /** The same, where an operation that the device lacks is not computed by another one. */
  static ConfigProto withoutSubstitutes(Device device) {
    return forEngine(device).toBuilder().setAllowSoftPlacement(false).build();
  }

  /** Settings for a session of a replica, and for the server that it is on. */
  static ConfigProto forReplica(Device device, Cluster cluster) {
    ConfigProto.Builder settings = forEngine(device).toBuilder();
    settings
        .addDeviceFilters("/job:" + ClusterSession.JOB + "/task:" + cluster.rank())
        .getExperimentalBuilder()
        .setCollectiveGroupLeader("/job:" + ClusterSession.JOB + "/replica:0/task:0");
    return settings.build();
  }

  /** A device of a replica in the graph. */
  static DeviceSpec placement(Device device, Cluster cluster) {
    return DeviceSpec.newBuilder()
        .job(ClusterSession.JOB)
        .replica(0)
        .task(cluster.rank())
        .deviceType(
            device.kind() == Device.Kind.GPU
                ? DeviceSpec.DeviceType.GPU
                : DeviceSpec.DeviceType.CPU)
        .deviceIndex(device.kind() == Device.Kind.GPU ? device.number() : 0)
        .build();
  }

  /** Settings for a session that sees all devices. */
  static ConfigProto forAllDevices() {
    return common().build();
  }

  /** A device in the graph; empty for the processor, the only one there is then. */
  static Optional<DeviceSpec> placement(Device device) {
    return device.kind() == Device.Kind.GPU
        ? Optional.of(
            DeviceSpec.newBuilder()
                .deviceType(DeviceSpec.DeviceType.GPU)
                .deviceIndex(device.number())
                .build())
        : Optional.empty();
  }

  private static synchronized ConfigProto.Builder common() {
    begun = true;
    // Soft placement: whole numbers such as shapes and indices live on the host.
    return ConfigProto.newBuilder()
        .setAllowSoftPlacement(true)
        .setIntraOpParallelismThreads(threads)
        .setGpuOptions(GPUOptions.newBuilder().setAllowGrowth(true));
  }
}
