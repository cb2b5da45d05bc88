package io.github.bilevel4j.solver.estimator;

import io.github.bilevel4j.autodiff.Batching;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.CompiledEstimator;
import io.github.bilevel4j.problem.Differentiation;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.problem.InnerLevel;
import io.github.bilevel4j.problem.OuterLevel;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.solver.step.InnerSolve;
import io.github.bilevel4j.solver.step.InnerSteps;
import io.github.bilevel4j.solver.step.StateVector;
import io.github.bilevel4j.solver.step.StatefulOptimizer;
import java.util.ArrayList;
import java.util.List;

/**
 * Forward differentiation of the inner steps (Franceschi et al., 2017): with the state {@code z} of
 * the inner solver, parameters and memory, and its step {@code z <- P(z, theta)}, each coordinate j
 * of the outer variables has a tangent that the steps carry along,
 *
 * <pre>
 * Z_j = dz/dtheta_j,   Z_j &lt;- P_z Z_j + dP/dtheta_j
 * hypergradient_j = dF/dtheta_j + &lt;dF/dz, Z_j&gt;
 * </pre>
 *
 * It equals {@link Unrolled#exact()}, starting point included. A step costs one Jacobian-vector
 * product for each outer coordinate, memory one state for each; all coordinates are one {@linkplain
 * Batching batch}. Neither memory nor what is compiled grows with the number of steps, whose inner
 * feeds may be a stream of their own. It is for few outer variables, such as learned rates or
 * regularization weights.
 *
 * @param limit the greatest number of outer coordinates
 */
public record ForwardMode(int limit) implements HypergradientEstimator {
  private static final String NAME = "forward mode";
  private static final int DEFAULT_LIMIT = 32;

  /**
   * Checks the limit.
   *
   * @throws UsageError if it is less than one
   */
  public ForwardMode {
    Require.in(NAME).atLeast(1, "limit of outer coordinates", limit);
  }

  /** The exact derivative through all steps, for at most 32 outer coordinates. */
  public static ForwardMode exact() {
    return new ForwardMode(DEFAULT_LIMIT);
  }

  /** With another limit on the number of outer coordinates. */
  public ForwardMode limit(int coordinates) {
    return new ForwardMode(coordinates);
  }

  @Override
  public Differentiation differentiation(InnerLevel inner) {
    return Differentiation.STEPS;
  }

  @Override
  public void requireSuits(InnerLevel inner, OuterLevel outer) {
    InnerSteps.requireSteps(NAME, inner);
    long coordinates = outer.variables().dimension();
    if (coordinates > limit) {
      throw UsageError.in(NAME)
          .because(
              "each of %d outer coordinates needs a tangent; the limit is %d", coordinates, limit)
          .row("outer variables", outer.variables().toString())
          .maybe(
              "Unrolled.exact().checkpointed(1) was meant, or ForwardMode.exact().limit(%d).",
              coordinates);
    }
  }

  @Override
  public String description() {
    return "exact, forward through the inner steps";
  }

  @Override
  public CompiledEstimator compile(BilevelProblem problem, Engine engine) {
    InnerLevel level = problem.inner();
    String name = problem.name();
    Vector theta = problem.outer().variables().vector();
    Vector gradient = InnerSteps.gradient(level);
    StatefulOptimizer descent = StatefulOptimizer.ofInner(problem);
    Vector z = StateVector.of(descent.state());
    Vector start = StateVector.of(level.optimizer().start(InnerSteps.start(level)));
    Vector next = StateVector.of(descent.next(gradient));
    Vector slope = Derivatives.gradient(problem.outer().objective().total(), z);

    List<Update> begun = new ArrayList<>(descent.startAt(InnerSteps.start(level)));
    List<Update> stepped = new ArrayList<>(descent.along(gradient));
    int coordinates = Math.toIntExact(theta.dimension());
    Variables tangents =
        Variables.zerosLike(name + "/tangents", z.map(c -> rows(coordinates, c.shape())));
    Vector alongState = z.map(c -> Expr.input("direction", c.shape().toArray()));
    Expr coordinate = Expr.input("direction", coordinates);
    Vector alongTheta = theta.unflattened(coordinate);
    Batching ofUnits = Batching.ofUnits(coordinate);
    Batching ofTangents = Batching.of(alongState, tangents.vector());
    begun.addAll(Update.of(tangents, ofUnits.apply(Derivatives.jvp(start, theta, alongTheta))));
    stepped.addAll(
        Update.of(
            tangents,
            ofTangents
                .apply(Derivatives.jvp(next, z, alongState))
                .plus(ofUnits.apply(Derivatives.jvp(next, theta, alongTheta)))));
    Expr implicit = ofTangents.apply(slope.dot(alongState));
    Vector direct = Derivatives.gradient(problem.outer().objective().total(), theta);
    return SolvedEstimate.of(
        SymbolicEstimate.THROUGH_STEPS,
        new InnerSolve(name, level, engine, begun, stepped, descent.everything()),
        level.variables().vector(),
        direct.plus(theta.unflattened(implicit)));
  }

  private static Expr rows(int count, Shape shape) {
    return Expr.filled(0, Shape.of(count).concat(shape));
  }
}
