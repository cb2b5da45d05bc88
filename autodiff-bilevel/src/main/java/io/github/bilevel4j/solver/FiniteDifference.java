package io.github.bilevel4j.solver;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.InnerLevel;
import io.github.bilevel4j.problem.Optimizer;
import io.github.bilevel4j.shape.Mistake;

/**
 * The one-step derivative with the product of second order replaced by a central difference (DARTS,
 * Liu et al., 2019): with {@code v = dF/dphi} at {@code phi_1 = phi_0 - rate dG/dphi},
 *
 * <pre>
 * dF/dtheta + (dphi_0/dtheta)^T v - rate (dG/dtheta(phi_0 + e v) - dG/dtheta(phi_0 - e v)) / (2 e)
 * </pre>
 *
 * where {@code e = radius / ||v||}. The inner problem must be solved by one step of plain gradient
 * descent. It saves the second derivatives and is off by O(e^2).
 */
public record FiniteDifference(double radius) implements Estimator {
  private static final double SMALLEST_NORM = 1e-30;

  /** Checks the radius. */
  public FiniteDifference {
    if (!(radius > 0) || Double.isInfinite(radius)) {
      throw Mistake.in("finite difference")
          .because("the radius is not a positive number, %s", radius)
          .maybe("0.01 was meant.");
    }
  }

  /** The difference over a step of the given length, 0.01 in DARTS. */
  public static FiniteDifference radius(double radius) {
    return new FiniteDifference(radius);
  }

  @Override
  public boolean followsInnerSteps() {
    return true;
  }

  @Override
  public void requireSuits(InnerLevel inner) {
    plainRate(inner);
  }

  @Override
  public String description() {
    return "one step, finite difference of radius " + radius + " (DARTS)";
  }

  @Override
  public Estimate of(BilevelProblem problem, Engine engine) {
    InnerLevel inner = problem.inner();
    Expr rate = plainRate(inner);
    Vector theta = problem.outer().variables().vector();
    Vector solution = InnerSteps.unrolled(inner, Vector::detached);
    Expr outer = problem.outer().objective().total().at(inner.variables(), solution);
    Vector firstOrder = Derivatives.gradient(outer, theta);

    Expr outerOfPhi = problem.outer().objective().total();
    Vector v =
        Derivatives.gradient(outerOfPhi, inner.variables().vector())
            .map(g -> g.at(inner.variables(), solution))
            .detached();
    // Where v is zero both differences are, whatever e is, if only it is finite.
    Expr e = v.norm().maximum(SMALLEST_NORM).reciprocal().times(radius).detached();
    Expr difference = inner(inner, v.times(e)).minus(inner(inner, v.times(e.negated())));
    Vector secondOrder = Derivatives.gradient(difference, theta).times(rate.dividedBy(e.times(2)));
    return SymbolicEstimate.of(problem, solution, firstOrder.minus(secondOrder));
  }

  /** The inner objective at the starting point displaced, a function of the outer variables. */
  private static Expr inner(InnerLevel inner, Vector displacement) {
    Vector point = InnerSteps.start(inner).plus(displacement);
    return inner.objective().total().at(inner.variables(), point);
  }

  /**
   * The rate of plain gradient descent, found from the step that it makes along a unit gradient.
   */
  private static Expr plainRate(InnerLevel inner) {
    Vector probe = Vector.of(ImmutableMap.of("probe", Expr.constant(0)));
    Vector unit = Vector.of(ImmutableMap.of("probe", Expr.constant(1)));
    Optimizer.State start = inner.optimizer().start(probe);
    if (inner.steps() != 1 || !start.slots().isEmpty()) {
      throw Mistake.in("finite difference")
          .because("the inner problem is not solved by one step of plain gradient descent")
          .row("inner solver", inner.steps() + " x " + inner.optimizer().description())
          .maybe("solvedBy(1, Sgd.rate(...)) or Unrolled.exact() was meant.");
    }
    return inner.optimizer().next(start, unit).parameters().get("probe").negated();
  }
}
