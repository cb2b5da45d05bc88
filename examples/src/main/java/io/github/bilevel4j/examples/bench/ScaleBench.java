package io.github.bilevel4j.examples.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.examples.bench.ScaledProblem.Need;
import io.github.bilevel4j.examples.cluster.LocalReplicas;
import io.github.bilevel4j.examples.report.Table;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** A step on several replicas: on more by a model, which is compared with two on this machine. */
public final class ScaleBench {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String TOLD = "replica ";
  private static final int PROCESSES = 2;
  private static final double GIGA = 1e9;
  private static final double MEGA = 1e6;

  private ScaleBench() {}

  /**
   * GPUs of one kind.
   *
   * @param flops floating-point operations a second that they attain on such networks
   * @param bytes of memory
   */
  public record Gpu(double flops, double bytes) {}

  /** Makes what starts a process that prints what {@link #told} gives. */
  public interface Replica {
    /**
     * The command and its arguments.
     *
     * @param addresses of all replicas; none for one alone
     */
    ImmutableList<String> command(ImmutableList<String> addresses, int rank);
  }

  /** The line by which a process tells what it measured. */
  public static String told(ReplicaTimes times) {
    try {
      return TOLD + JSON.writeValueAsString(times);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Measures one process with the whole batch, and two with half of it each, which share the
   * machine. The model takes half of the rate that the one process attains, and the latency and
   * rate of the sums of the two.
   *
   * @throws IllegalStateException if a process fails
   */
  public static String here(
      Set<ScaledProblem> problems, Workload workload, Precision precision, Replica replica) {
    ReplicaTimes alone = times(replica, ImmutableList.of()).get(0);
    ReplicaTimes both = times(replica, free()).get(0);
    Interconnect links =
        new Interconnect(PROCESSES, both.rate(), both.rate(), both.latency(), 0, 0);
    Table table =
        Table.of(
            "a step here",
            "1 process, s",
            "GFLOP",
            "GFLOP/s",
            "2 processes: GFLOP each",
            "messages counted",
            "seen",
            "MB",
            "model, s",
            "measured, s",
            "measured / model");
    for (ScaledProblem problem : problems) {
      Need single = problem.need(workload, 1, precision);
      Need need = problem.need(workload, PROCESSES, precision);
      double seconds = alone.steps().get(problem).seconds();
      double flops = single.flop() / seconds;
      double model = StepModel.of(need, PROCESSES, flops / PROCESSES, links).seconds();
      ReplicaTimes.StepTime measured = both.steps().get(problem);
      table =
          table.formatted(
              "%s|%.3f|%.1f|%.0f|%.1f|%d|%d|%.1f|%.3f|%.3f|%.2f",
              problem.title(),
              seconds,
              single.flop() / GIGA,
              flops / GIGA,
              need.flop() / GIGA,
              need.messages(),
              measured.messages(),
              need.sent() / MEGA,
              model,
              measured.seconds(),
              measured.seconds() / model);
    }
    return String.format(
        Locale.ROOT,
        "a sum of one number over two processes takes %.2f ms, of 16 MB %.2f GB/s on each link%n%n%s",
        1e3 * both.latency(),
        both.rate() / GIGA,
        table);
  }

  /** The model of a problem's step on so many GPUs. */
  public static Table model(
      ScaledProblem problem, Workload workload, List<Integer> gpus, Gpu gpu, Interconnect links) {
    Table table =
        Table.of(
            "GPUs",
            "images each",
            "TFLOP each",
            "messages",
            "MB",
            "compute, s",
            "repeated, s",
            "latency, s",
            "bandwidth, s",
            "step, s",
            "images/s",
            "efficiency",
            "GB each",
            "bottleneck");
    for (int replicas : gpus) {
      Need need = problem.need(workload, replicas, Precision.FLOAT32);
      StepModel model = StepModel.of(need, replicas, gpu.flops(), links);
      table =
          table.formatted(
              "%d|%d|%.2f|%,d|%.0f|%.3f|%.3f|%.3f|%.3f|%.3f|%.0f|%.2f|%.1f|%s",
              replicas,
              workload.batch() / replicas,
              need.flop() / 1e12,
              need.messages(),
              need.sent() / MEGA,
              model.compute(),
              model.repeated(),
              model.latency(),
              model.transfer(),
              model.seconds(),
              workload.batch() / model.seconds(),
              model.efficiency(replicas),
              need.held() / GIGA,
              need.held() > gpu.bytes() ? "memory" : model.bottleneck());
    }
    return table;
  }

  /** What each of some replicas measured; one alone without addresses. */
  private static List<ReplicaTimes> times(Replica replica, ImmutableList<String> addresses) {
    List<Process> processes = new ArrayList<>();
    try {
      for (int rank = 0; rank < Math.max(1, addresses.size()); rank++) {
        processes.add(
            new ProcessBuilder(replica.command(addresses, rank)).redirectErrorStream(true).start());
      }
      List<ReplicaTimes> times = new ArrayList<>();
      for (Process process : processes) {
        times.add(times(process));
      }
      return times;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      processes.forEach(Process::destroyForcibly);
    }
  }

  private static ReplicaTimes times(Process process) throws IOException {
    List<String> lines =
        new String(process.getInputStream().readAllBytes(), UTF_8).lines().toList();
    String told =
        lines.stream()
            .filter(line -> line.startsWith(TOLD))
            .findFirst()
            .orElseThrow(
                () ->
                    new IllegalStateException(
                        "bench scale: a replica's process said\n" + String.join("\n", lines)));
    return JSON.readValue(told.substring(TOLD.length()), ReplicaTimes.class);
  }

  private static ImmutableList<String> free() {
    try {
      return LocalReplicas.freeAddresses(PROCESSES);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
