package io.github.bilevel4j.examples.bilevel;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.Step;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.solver.BilevelSolver;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * Solves a problem and compares what the solver finds with the closed form: the hypergradient with
 * the derivative of {@code theta -> F(theta, phi*(theta))}, and theta with the optimum.
 */
public final class Convergence {
  private static final String VALUE = "outer objective";
  private static final String DISTANCE = "distance";

  private final BilevelSolver solver;
  private final Program measurement;
  private final Program derivative;

  private Convergence(SolvedProblem example, Engine engine) {
    BilevelProblem problem = example.problem();
    Vector theta = problem.outerVariables().vector();
    Expr value =
        problem.outer().objective().total().at(problem.innerVariables(), example.innerSolution());
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
      double error) {}

  /**
   * Makes so many outer steps and compares before the first, after every so many, and after the
   * last.
   */
  public static ImmutableList<Row> run(SolvedProblem example, int steps, int every, Engine engine) {
    Convergence convergence = new Convergence(example, engine);
    ImmutableList.Builder<Row> rows = ImmutableList.builder();
    for (int step = 0; step < steps; step++) {
      if (step % every == 0) {
        rows.add(convergence.row(step));
      }
      convergence.solver.step(Feed.none());
    }
    return rows.add(convergence.row(steps)).build();
  }

  private Row row(int step) {
    ImmutableMap<String, Array> found = solver.hypergradient(Feed.none());
    double norm = 0;
    double error = 0;
    for (Map.Entry<String, Array> exact : derivative.run().all().entrySet()) {
      for (int i = 0; i < exact.getValue().size(); i++) {
        double value = found.get(exact.getKey()).at(i);
        norm = Math.hypot(norm, value);
        error = Math.hypot(error, value - exact.getValue().at(i));
      }
    }
    Results measured = measurement.run();
    OptionalDouble distance =
        measured.all().containsKey(DISTANCE)
            ? OptionalDouble.of(measured.scalar(DISTANCE))
            : OptionalDouble.empty();
    return new Row(step, measured.scalar(VALUE), distance, norm, error);
  }
}
