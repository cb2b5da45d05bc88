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
import io.github.bilevel4j.shape.Array;
import java.util.Arrays;
import java.util.Locale;
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
    try (Recording recording = options.recording(console)) {
      for (EstimatorKind kind : options.kinds(EstimatorKind.CG)) {
        solve(kind, steps, recording.phase(kind.toString()));
      }
      return recording.finish();
    }
  }

  private void solve(EstimatorKind kind, int steps, MetricsListener listener) {
    BilevelProblem problem =
        example.problem(kind.innerSteps(example.steps()), kind.estimator(settings));
    int every = Math.max(1, steps / POINTS);
    Convergence.Course course;
    try (Engine engine = options.open()) {
      course = Convergence.run(example, problem, steps, every, engine);
    }
    course.rows().forEach(row -> listener.measured(row.step(), row.measurements()));
    console.print(problem);
    console.print(table(course, Math.max(1, steps / ROWS)) + "\n");
    course.learned().forEach((name, values) -> print(name + ", learned:", values));
    course
        .optimum()
        .ifPresent(o -> o.forEach((name, values) -> print(name + ", optimum:", values)));
    console.print("error: norm of the hypergradient's difference to the exact one");
  }

  private static Table table(Convergence.Course course, int every) {
    Table table =
        Table.of("step", "outer objective", "distance to optimum", "hypergradient norm", "error");
    int last = course.rows().size() - 1;
    for (Convergence.Row row : course.rows()) {
      if (row.step() % every == 0 || row.equals(course.rows().get(last))) {
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

  private void print(String name, Array values) {
    console.print(
        Arrays.stream(values.toDoubles())
            .mapToObj(value -> String.format(Locale.ROOT, " %.3f", value))
            .collect(Collectors.joining("", name, "")));
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
