package io.github.bilevel4j.examples.bilevel;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.examples.bench.Agreement;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.solver.BilevelSolver;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Solves a problem and compares what the solver finds with what is known: the hypergradient with
 * the derivative of {@code theta -> F(theta, phi*(theta))}, and theta with the optimum.
 */
public final class Convergence {
  private static final String VALUE = "outer objective";
  private static final String DISTANCE = "distance";

  private final BilevelSolver solver;
  private final Program measurement;
  private final Program derivative;

  private Convergence(SolvedProblem example, BilevelProblem problem, Engine engine) {
    Vector theta = problem.outerVariables().vector();
    Expr value = example.value(problem);
    Step measured = Step.named("measurement").output(VALUE, value);
    this.solver = BilevelSolver.of(problem, engine);
    this.measurement =
        engine.compile(
            example
                .outerSolution()
                .map(best -> measured.output(DISTANCE, theta.minus(best).norm()))
                .orElse(measured));
    this.derivative =
        engine.compile(
            Step.named("derivative").outputs(Derivatives.gradient(value, theta).components()));
  }

  /**
   * The state before an outer step.
   *
   * @param step counted from zero
   * @param outerObjective its value at the exact inner solution
   * @param distance of the outer variables to the optimum, if that is known
   * @param hypergradientNorm norm of the solver's hypergradient
   * @param error norm of the difference between it and the exact one
   */
  public record Row(
      int step,
      double outerObjective,
      OptionalDouble distance,
      double hypergradientNorm,
      double error) {

    /** The measurements by name. */
    public ImmutableMap<String, Double> measurements() {
      ImmutableMap.Builder<String, Double> all = ImmutableMap.builder();
      all.put(VALUE, outerObjective);
      distance.ifPresent(d -> all.put("distance to optimum", d));
      return all.put("hypergradient norm", hypergradientNorm)
          .put("hypergradient error", error)
          .buildOrThrow();
    }
  }

  /**
   * A whole solve.
   *
   * @param learned the outer variables at the end
   * @param optimum what they should be, if that is known
   */
  public record Course(
      ImmutableList<Row> rows,
      ImmutableMap<String, Array> learned,
      Optional<ImmutableMap<String, Array>> optimum) {}

  /**
   * Makes so many outer steps and compares before the first, after every so many, and after the
   * last.
   *
   * @param problem the example's, with whatever inner steps and estimator
   */
  public static Course run(
      SolvedProblem example, BilevelProblem problem, int steps, int every, Engine engine) {
    Convergence convergence = new Convergence(example, problem, engine);
    ImmutableList.Builder<Row> rows = ImmutableList.builder();
    for (int step = 0; step < steps; step++) {
      if (step % every == 0) {
        rows.add(convergence.row(step));
      }
      convergence.solver.step(Feed.none());
    }
    rows.add(convergence.row(steps));
    return new Course(
        rows.build(),
        engine.read(problem.outerVariables()),
        example
            .outerSolution()
            .map(best -> Step.named("optimum").outputs(best.components()))
            .map(step -> engine.compile(step).run().all()));
  }

  private Row row(int step) {
    Agreement agreement = Agreement.of(solver.hypergradient(Feed.none()), derivative.run().all());
    Results measured = measurement.run();
    OptionalDouble distance =
        measured.all().containsKey(DISTANCE)
            ? OptionalDouble.of(measured.scalar(DISTANCE))
            : OptionalDouble.empty();
    return new Row(step, measured.scalar(VALUE), distance, agreement.norm(), agreement.error());
  }
}
