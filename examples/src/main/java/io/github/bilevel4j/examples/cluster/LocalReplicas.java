package io.github.bilevel4j.examples.cluster;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.backend.Cluster;
import io.github.bilevel4j.examples.process.ChildProgram;
import io.github.bilevel4j.examples.process.ProcessOutput;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * The replicas of a run as processes of this machine, which listen on the loopback address. What
 * the first one prints is printed; what another one said last is printed if it fails. When one
 * fails the others end, and all end with the process that started them.
 */
public final class LocalReplicas {
  /** By it a process knows which replica it is. */
  private static final String PROPERTY = "bilevel4j.replica";

  /** What the others may take to put away what there is, once one has failed. */
  private static final Duration GRACE = Duration.ofSeconds(30);

  /** What they may take after the first one. */
  private static final Duration REST = Duration.ofSeconds(3);

  private static final String LOOPBACK = "127.0.0.1";
  private static final int REFUSED = 2;
  private static final int INTERRUPTED = 130;

  private final PrintWriter out;
  private final PrintWriter err;
  private final List<Replica> replicas = new ArrayList<>();

  private LocalReplicas(PrintWriter out, PrintWriter err) {
    this.out = out;
    this.err = err;
  }

  private record Replica(int rank, String address, Process process, ProcessOutput output) {
    boolean hasFailed() {
      return process.exitValue() != 0 && process.exitValue() != INTERRUPTED;
    }

    String end() {
      int status = process.exitValue();
      String said = ChildProgram.isSignaled(status) ? "" : output.lastWords();
      return "replica %d at %s %s%s".formatted(rank, address, ChildProgram.end(status), said);
    }
  }

  /** The replica that this process is, if it was started as one. */
  public static Optional<Cluster> own(Duration timeout) {
    return Optional.ofNullable(System.getProperty(PROPERTY))
        .map(
            text -> {
              List<String> parts = Splitter.on('/').splitToList(text);
              return Cluster.of(
                      Splitter.on(',').splitToList(parts.get(1)), Integer.parseInt(parts.get(0)))
                  .within(timeout);
            });
  }

  /**
   * Runs a program as so many replicas.
   *
   * @param program the name of its main class
   * @param out what the first one prints
   * @param err its errors, and what is to be told of the others
   * @return the status of the first one, that of another one if it alone failed
   */
  public static int run(
      int number, String program, List<String> arguments, PrintWriter out, PrintWriter err) {
    LocalReplicas started = new LocalReplicas(out, err);
    Thread interruption = new Thread(started::end, "replicas");
    Runtime.getRuntime().addShutdownHook(interruption);
    try {
      started.start(freeAddresses(number), program, arguments);
      return started.await();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      started.kill();
      forget(interruption);
    }
  }

  private static void forget(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // This process is being ended, and the hook is running.
      return;
    }
  }

  private void start(List<String> addresses, String program, List<String> arguments)
      throws IOException {
    for (int rank = 0; rank < addresses.size(); rank++) {
      String own = "-D%s=%d/%s".formatted(PROPERTY, rank, String.join(",", addresses));
      ProcessBuilder builder =
          new ProcessBuilder(ChildProgram.command(List.of(own), program, arguments));
      // Whoever loses a replica tells so in one line of its own.
      builder.environment().put("TF_CPP_MIN_LOG_LEVEL", "3");
      boolean isFirst = rank == 0;
      Process process = builder.redirectErrorStream(!isFirst).start();
      replicas.add(
          new Replica(
              rank,
              addresses.get(rank),
              process,
              isFirst ? ProcessOutput.printed(process, out, err) : ProcessOutput.kept(process)));
    }
  }

  private int await() {
    CompletableFuture<Replica> failed = new CompletableFuture<>();
    CompletableFuture<?>[] ends =
        replicas.stream()
            .map(
                replica ->
                    replica
                        .process()
                        .onExit()
                        .thenAccept(
                            ended -> {
                              if (replica.hasFailed()) {
                                failed.complete(replica);
                              }
                            }))
            .toArray(CompletableFuture<?>[]::new);
    CompletableFuture<Void> all = CompletableFuture.allOf(ends);
    CompletableFuture.anyOf(all, failed).join();
    // The first one puts away what there is, and tells why; no other has anything to lose.
    CompletableFuture.anyOf(all, ends[0])
        .completeOnTimeout(null, GRACE.toSeconds(), TimeUnit.SECONDS)
        .join();
    all.completeOnTimeout(null, REST.toSeconds(), TimeUnit.SECONDS).join();
    kill();
    replicas.forEach(replica -> replica.output().await());
    int status = replicas.get(0).process().exitValue();
    if (!failed.isDone() || status == REFUSED) {
      return status;
    }
    Replica culprit = failed.join();
    if (culprit.rank() > 0 || ChildProgram.isSignaled(status)) {
      err.println("error: " + culprit.end());
    }
    return status == 0 ? culprit.process().exitValue() : status;
  }

  /** Asked to end, as batch systems and terminals ask; the first step to come is not made. */
  private void end() {
    // Not Process.destroy(), which also closes the pipes.
    replicas.forEach(replica -> replica.process().toHandle().destroy());
    replicas.forEach(replica -> replica.process().onExit().join());
    replicas.forEach(replica -> replica.output().await());
  }

  private void kill() {
    replicas.forEach(replica -> replica.process().toHandle().destroyForcibly());
    replicas.forEach(replica -> replica.process().onExit().join());
  }

  /** Loopback addresses at which nobody listens. */
  public static ImmutableList<String> freeAddresses(int number) throws IOException {
    List<ServerSocket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < number; i++) {
        sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
      }
      return sockets.stream()
          .map(socket -> LOOPBACK + ":" + socket.getLocalPort())
          .collect(ImmutableList.toImmutableList());
    } finally {
      for (ServerSocket socket : sockets) {
        socket.close();
      }
    }
  }
}
