package io.github.bilevel4j.examples.cli;

import com.google.common.collect.Iterables;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.examples.bilevel.Convergence;
import io.github.bilevel4j.examples.bilevel.QuadraticProblem;
import io.github.bilevel4j.examples.bilevel.RidgeRegression;
import io.github.bilevel4j.examples.bilevel.SolvedProblem;
import io.github.bilevel4j.examples.report.Table;
import io.github.bilevel4j.problem.Hypergradient;
import io.github.bilevel4j.solver.Implicit;
import io.github.bilevel4j.solver.Unrolled;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code bilevel NAME}: generic problems with known answers. */
@Command(
    name = "bilevel",
    description = "Solves a bi-level problem with a known answer, in float64.",
    mixinStandardHelpOptions = true)
final class BilevelCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  /** How the hypergradient is computed. */
  enum EstimatorKind {
    CG,
    EXACT;

    private Hypergradient estimator() {
      return this == CG ? Implicit.by(ConjugateGradient.steps(20)) : Unrolled.exact();
    }
  }

  /** What all problems share. */
  static final class Options {
    @Option(
        names = "--estimator",
        defaultValue = "cg",
        description =
            "cg, implicit by conjugate gradients, or exact, through the unrolled inner steps"
                + " (default: ${DEFAULT-VALUE})")
    private EstimatorKind estimator;

    @Option(names = "--steps", defaultValue = "100", description = "outer steps (default: 100)")
    private int steps;

    @Option(names = "--seed", defaultValue = "1", description = "of the data (default: 1)")
    private long seed;

    @Option(
        names = "--device",
        defaultValue = "auto",
        description = "auto, cpu, gpu:0, ... (default: ${DEFAULT-VALUE})")
    private String device;
  }

  /** Without a name: lists the problems. */
  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    out.println("Problems with known answers:");
    new TreeMap<>(spec.subcommands())
        .forEach(
            (name, command) ->
                out.printf(
                    Locale.ROOT,
                    "  %-10s %s%n",
                    name,
                    command.getCommandSpec().usageMessage().description()[0]));
    out.println("Run one with: " + spec.qualifiedName() + " NAME");
    out.flush();
    return 0;
  }

  @Command(
      description = "learns one ridge penalty per feature on validation data",
      mixinStandardHelpOptions = true)
  int ridge(@Mixin Options options) {
    return solve(RidgeRegression.drawn(options.seed, options.estimator.estimator()), options);
  }

  @Command(
      description = "two random strongly convex quadratics; the optimum is known",
      mixinStandardHelpOptions = true)
  int quadratic(@Mixin Options options) {
    return solve(QuadraticProblem.drawn(options.seed, options.estimator.estimator()), options);
  }

  private int solve(SolvedProblem example, Options options) {
    Numbers.atLeastOne("--steps", options.steps);
    PrintWriter out = spec.commandLine().getOut();
    List<Convergence.Row> rows;
    try (Engine engine = TensorFlowEngine.open(Device.parse(options.device), Precision.FLOAT64)) {
      rows = Convergence.run(example, options.steps, Math.max(1, options.steps / 10), engine);
    }
    out.println(example.problem());
    out.println(table(rows));
    out.println();
    out.println(
        "error: norm of the hypergradient's difference to the derivative of the closed form");
    print(out, "start", rows.get(0));
    print(out, "end", Iterables.getLast(rows));
    out.flush();
    return 0;
  }

  private static Table table(List<Convergence.Row> rows) {
    Table table =
        Table.of("step", "outer objective", "distance to optimum", "hypergradient norm", "error");
    for (Convergence.Row row : rows) {
      OptionalDouble distance = row.distance();
      table =
          table.row(
              Integer.toString(row.step()),
              format("%.6g", row.outerObjective()),
              distance.isPresent() ? format("%.3e", distance.getAsDouble()) : "unknown",
              format("%.3e", row.hypergradientNorm()),
              format("%.1e", row.error()));
    }
    return table;
  }

  private static void print(PrintWriter out, String when, Convergence.Row row) {
    out.printf(
        Locale.ROOT,
        "at the %s: hypergradient norm %.3e, error %.1e%n",
        when,
        row.hypergradientNorm(),
        row.error());
  }

  private static String format(String pattern, double value) {
    return String.format(Locale.ROOT, pattern, value);
  }
}
