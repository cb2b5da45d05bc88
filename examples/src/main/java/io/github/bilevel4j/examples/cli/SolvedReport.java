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
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.Locale;
import java.util.OptionalDouble;
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
  private final PrintWriter out;

  SolvedReport(SolvedProblem example, BilevelOptions options, PrintWriter out) {
    this.example = example;
    this.options = options;
    this.settings = options.settings(EstimatorKind.Settings.of(20, 1e-10, example.rate()));
    this.out = out;
  }

  /** Solves the problem with each of the estimators. */
  void solve() {
    int steps = options.steps(STEPS);
    try (Recording recording = options.recording()) {
      for (EstimatorKind kind : options.kinds(EstimatorKind.CG)) {
        solve(kind, steps, recording.phase(kind.toString()));
      }
      recording.finish(out);
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
    out.println(problem);
    out.println(table(course, Math.max(1, steps / ROWS)));
    out.println();
    course.learned().forEach((name, values) -> print(name + ", learned", values));
    course.optimum().ifPresent(o -> o.forEach((name, values) -> print(name + ", optimum", values)));
    out.println("error: norm of the hypergradient's difference to the exact one");
    out.flush();
  }

  private static Table table(Convergence.Course course, int every) {
    Table table =
        Table.of("step", "outer objective", "distance to optimum", "hypergradient norm", "error");
    int last = course.rows().size() - 1;
    for (Convergence.Row row : course.rows()) {
      if (row.step() % every == 0 || row.equals(course.rows().get(last))) {
        table = table.row(cells(row));
      }
    }
    return table;
  }

  private static String[] cells(Convergence.Row row) {
    OptionalDouble distance = row.distance();
    return new String[] {
      Integer.toString(row.step()),
      format("%.6g", row.outerObjective()),
      distance.isPresent() ? format("%.3e", distance.getAsDouble()) : "unknown",
      format("%.3e", row.hypergradientNorm()),
      format("%.1e", row.error())
    };
  }

  private void print(String name, Array values) {
    out.println(
        name
            + ": "
            + Arrays.stream(values.toDoubles())
                .mapToObj(value -> format("%.3f", value))
                .collect(Collectors.joining(" ")));
  }

  /** Tries the estimators on the problem before its first step. */
  void compare() {
    Table table = Table.of("estimator", "relative error", "cosine", "ms");
    for (EstimatorKind kind : options.kinds(EstimatorKind.values())) {
      EstimatorTrial trial = trial(kind, settings);
      table =
          table.row(
              kind.toString(),
              format("%.1e", trial.agreement().relativeError()),
              format("%.4f", trial.agreement().cosine()),
              format("%.2f", 1000 * trial.seconds()));
    }
    out.println(table);
    out.flush();
    options.plot().ifPresent(file -> out.println(picture().write(file).orElse("picture: " + file)));
    out.flush();
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

  private static String format(String pattern, double value) {
    return String.format(Locale.ROOT, pattern, value);
  }
}
