package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.examples.bilevel.Convergence;
import io.github.bilevel4j.examples.bilevel.EstimatorTrial;
import io.github.bilevel4j.examples.bilevel.SolvedProblem;
import io.github.bilevel4j.examples.report.ErrorAndTime;
import io.github.bilevel4j.examples.report.Table;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.run.MetricsListener;
import io.github.bilevel4j.run.Training;
import io.github.bilevel4j.shape.Array;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Solves a problem whose answer is known, or compares estimators on it, and prints a table. */
final class SolvedReport {
  private static final int STEPS = 100;
  private static final int ROWS = 10;
  private static final int POINTS = 50;
  private static final int TIMED_RUNS = 15;

  private static final ImmutableList<Integer> EFFORTS = ImmutableList.of(1, 2, 4, 8, 16, 32);

  private final SolvedProblem example;
  private final BilevelOptions options;
  private final EstimatorKind.Settings settings;
  private final PrintingCommand console;

  SolvedReport(SolvedProblem example, BilevelOptions options, PrintingCommand console) {
    this.example = example;
    this.options = options;
    this.settings = options.settings(EstimatorKind.Settings.of(20, 1e-10, example.rate()));
    this.console = console;
  }

  /** Solves the problem with each of the estimators; returns the exit status. */
  int solve() {
    int steps = options.steps(STEPS);
    return Recording.of(
        console,
        options,
        recording -> {
          for (EstimatorKind kind : options.kinds(EstimatorKind.CG)) {
            solve(kind, steps, recording);
          }
        });
  }

  private void solve(EstimatorKind kind, int steps, Recording recording) {
    BilevelProblem problem =
        example.problem(kind.innerSteps(example.steps()), kind.estimator(settings));
    int every = Math.max(1, steps / POINTS);
    List<Convergence.Row> rows = new ArrayList<>();
    MetricsListener listener =
        (step, measured) -> Convergence.Row.of(step, measured).ifPresent(rows::add);
    Map<?, ?> found;
    try (Engine engine = options.open()) {
      Convergence course = new Convergence(example, problem, steps, every, engine);
      recording.train(Training.named(kind.toString()), engine, course::run, listener);
      found = recording.once(kind.toString(), Map.class, () -> found(course));
    }
    console.print(problem);
    console.print(table(rows, Math.max(1, steps / ROWS)) + "\n");
    found.forEach(this::print);
    console.print("error: norm of the hypergradient's difference to the exact one");
  }

  /** What is learned, and what should be, in lines by name. */
  private static Map<String, String> found(Convergence course) {
    Map<String, String> found = new LinkedHashMap<>();
    course.learned().forEach((name, values) -> found.put(name + ", learned:", text(values)));
    course
        .optimum()
        .ifPresent(
            best -> best.forEach((name, values) -> found.put(name + ", optimum:", text(values))));
    return found;
  }

  private static Table table(List<Convergence.Row> rows, int every) {
    Table table =
        Table.of("step", "outer objective", "distance to optimum", "hypergradient norm", "error");
    int last = rows.size() - 1;
    for (Convergence.Row row : rows) {
      if (row.step() % every == 0 || row.equals(rows.get(last))) {
        String distance =
            row.distance().stream()
                .mapToObj(d -> String.format(Locale.ROOT, "%.3e", d))
                .findAny()
                .orElse("unknown");
        table =
            table.formatted(
                "%d|%.6g|%s|%.3e|%.1e",
                row.step(), row.outerObjective(), distance, row.hypergradientNorm(), row.error());
      }
    }
    return table;
  }

  private static String text(Array values) {
    return Arrays.stream(values.toDoubles())
        .mapToObj(value -> String.format(Locale.ROOT, " %.3f", value))
        .collect(Collectors.joining());
  }

  private void print(Object name, Object values) {
    console.print(name.toString() + values);
  }

  /** Tries the estimators on the problem before its first step; returns the exit status. */
  int compare() {
    if (options.plot != null) {
      Recording.requireFolderOf(options.plot);
    }
    Table table = Table.of("estimator", "relative error", "cosine", "ms");
    for (EstimatorKind kind : options.kinds(EstimatorKind.values())) {
      EstimatorTrial trial = trial(kind, settings);
      table =
          table.formatted(
              "%s|%.1e|%.4f|%.2f",
              kind,
              trial.agreement().relativeError(),
              trial.agreement().cosine(),
              1000 * trial.seconds());
    }
    console.print(table);
    if (options.plot != null) {
      console.print(picture().write(options.plot).orElse("picture: " + options.plot));
    }
    return 0;
  }

  /** Error against time: a line for each estimator whose error falls with the iterations. */
  private ErrorAndTime picture() {
    ErrorAndTime picture = new ErrorAndTime("accuracy and time of hypergradients");
    for (EstimatorKind kind : options.kinds(EstimatorKind.values())) {
      for (int iterations :
          EFFORTS.subList(0, kind.dependsOnIterations(settings) ? EFFORTS.size() : 1)) {
        EstimatorTrial trial = trial(kind, settings.iterations(iterations));
        picture.add(kind.toString(), trial.seconds(), trial.agreement().relativeError());
      }
    }
    return picture;
  }

  private EstimatorTrial trial(EstimatorKind kind, EstimatorKind.Settings chosen) {
    int steps = kind.innerStepsAtSolution(example.steps());
    try (Engine engine = options.open()) {
      return EstimatorTrial.of(example, steps, kind.estimator(chosen), TIMED_RUNS, engine);
    }
  }
}
