package io.github.bilevel4j.solver.estimator;

import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.CompiledEstimator;
import io.github.bilevel4j.problem.Differentiation;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.problem.InnerLevel;
import io.github.bilevel4j.problem.OuterLevel;
import io.github.bilevel4j.solver.step.InnerSolve;
import io.github.bilevel4j.solver.step.InnerSteps;

/**
 * The implicit derivative with a multiple of the identity in place of the inverse Hessian (T1-T2,
 * Luketina et al., 2016) and a central difference in place of the mixed product (DARTS, Liu et al.,
 * 2019), after the inner steps: with {@code v = dF/dphi},
 *
 * <pre>
 * hypergradient = dF/dtheta + step (dG/dtheta(phi - e v) - dG/dtheta(phi + e v)) / (2 e)
 * e = radius / ||v||        over all inner parameters together
 * </pre>
 *
 * It costs four gradients and no second derivative; off by O(e^2) from {@code dF/dtheta - step
 * d/dtheta <dG/dphi, v>}, and that from the implicit derivative by as much as {@code step} times
 * the inner Hessian differs from the identity.
 *
 * <p>The step matters. One is the rule of published programs, whatever the rate of their inner
 * steps. Where the step times a curvature of the inner problem exceeds one, its part of the
 * implicit term is too long: with theta and phi coupled strongly the hypergradient can point
 * against the direct term. The inner rate is the choice of the DARTS paper, {@code 1 / curvature}
 * for a typical curvature that of T1-T2.
 */
public record FiniteDifferenceAtSolution(double radius, double step)
    implements HypergradientEstimator {
  private static final String NAME = "finite difference at the solution";

  /**
   * Checks the settings.
   *
   * @throws UsageError if the radius or the step is not a positive number
   */
  public FiniteDifferenceAtSolution {
    Require.in(NAME).positive("radius", radius).positive("step", step);
  }

  /** With another multiple of the identity in place of the inverse Hessian; one by default. */
  public FiniteDifferenceAtSolution step(double length) {
    return new FiniteDifferenceAtSolution(radius, length);
  }

  @Override
  public Differentiation differentiation(InnerLevel inner) {
    return Differentiation.SOLUTION;
  }

  @Override
  public void requireSuits(InnerLevel inner, OuterLevel outer) {
    InnerSteps.requireStationary(NAME, inner);
  }

  @Override
  public String description() {
    return "inverse Hessian taken as "
        + step
        + ", finite difference of radius "
        + radius
        + " (biased)";
  }

  @Override
  public CompiledEstimator compile(BilevelProblem problem, Engine engine) {
    InnerLevel level = problem.inner();
    Vector phi = level.variables().vector();
    Vector theta = problem.outer().variables().vector();
    Expr outer = problem.outer().objective().total();
    return SolvedEstimate.of(
        "dF/dtheta - "
            + step
            + " (dG/dtheta(phi + e v) - dG/dtheta(phi - e v)) / (2 e), v = dF/dphi",
        InnerSolve.of(problem, engine),
        phi,
        Derivatives.gradient(outer, theta)
            .minus(
                FiniteDifference.ofMixedProduct(
                        level, phi, Derivatives.gradient(outer, phi), theta, radius)
                    .times(step)));
  }
}
