package io.github.bilevel4j.examples.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.examples.report.Table;
import io.github.bilevel4j.solver.SingleLevelSolver;
import io.github.bilevel4j.solver.Solver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How long it takes from the start of a virtual machine to the end of the first training step, each
 * time in a new process.
 */
public final class StartBench {
  /** What a process tells begins with this. */
  private static final String TOLD = "seconds ";

  /** In their order; the last one is after the start. */
  private static final ImmutableList<String> PHASES =
      ImmutableList.of(
          "virtual machine and options",
          "network",
          "natives and engine",
          "graph",
          "first step",
          "next step");

  private StartBench() {}

  /** Seconds that passed, and seconds of processor time of all threads. */
  private static final class Laps {
    private final List<Double> wall = new ArrayList<>();
    private final List<Double> processor = new ArrayList<>();
    private long start = System.nanoTime();

    private Laps(double before) {
      wall.add(before);
      processor.add(Measured.processorTime() / 1e9);
    }

    private void end() {
      wall.add((System.nanoTime() - start) / 1e9);
      processor.add(Measured.processorTime() / 1e9 - sum(processor));
      start = System.nanoTime();
    }

    private static double sum(List<Double> seconds) {
      return seconds.stream().mapToDouble(Double::doubleValue).sum();
    }

    private String told() {
      return TOLD
          + Stream.concat(wall.stream(), processor.stream())
              .map(String::valueOf)
              .collect(Collectors.joining(" "));
    }
  }

  /**
   * In a new process: begins, and makes two steps.
   *
   * @param before seconds since the process was started
   * @return the line that tells another process how long everything took
   */
  public static String once(double before, Supplier<Workload> network, Supplier<Engine> opened) {
    Laps laps = new Laps(before);
    Workload workload = network.get();
    laps.end();
    try (Engine engine = opened.get()) {
      laps.end();
      Solver solver = SingleLevelSolver.of(workload.training(true), engine);
      laps.end();
      solver.step(Feed.none());
      laps.end();
      solver.step(Feed.none());
      laps.end();
    }
    return laps.told();
  }

  /**
   * Starts a program again and again.
   *
   * @param command makes what starts a program that prints what {@link #once} gives, when it is
   *     started; one run before is not measured
   */
  public static Table run(int runs, Supplier<ImmutableList<String>> command) {
    List<List<Double>> told = new ArrayList<>();
    told(command);
    for (int run = 0; run < runs; run++) {
      told.add(told(command));
    }
    Table table = Table.of("milliseconds", "median", "fastest", "slowest", "processor time");
    int last = PHASES.size() - 1;
    for (int i = 0; i < last; i++) {
      table = row(table, PHASES.get(i), i, i + 1, told);
    }
    return row(
        row(table, "start, all of it", 0, last, told), PHASES.get(last), last, last + 1, told);
  }

  /** Some phases together. */
  private static Table row(Table table, String title, int from, int to, List<List<Double>> told) {
    Timing wall = sums(from, to, told);
    Timing processor = sums(PHASES.size() + from, PHASES.size() + to, told);
    return table.formatted(
        "%s|%.0f|%.0f|%.0f|%.0f",
        title,
        1e3 * wall.median(),
        1e3 * wall.fastest(),
        1e3 * wall.slowest(),
        1e3 * processor.median());
  }

  private static Timing sums(int from, int to, List<List<Double>> told) {
    return Timing.of(told.stream().map(run -> Laps.sum(run.subList(from, to))).toList());
  }

  private static List<Double> told(Supplier<ImmutableList<String>> command) {
    try {
      Process process = new ProcessBuilder(command.get()).redirectErrorStream(true).start();
      List<String> lines =
          new String(process.getInputStream().readAllBytes(), UTF_8).lines().toList();
      return lines.stream()
          .filter(line -> line.startsWith(TOLD))
          .findFirst()
          .map(line -> Splitter.on(' ').splitToStream(line).skip(1).map(Double::valueOf).toList())
          .orElseThrow(
              () ->
                  new IllegalStateException(
                      "start: the process that was started said\n" + String.join("\n", lines)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
