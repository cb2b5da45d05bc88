package io.github.bilevel4j.solver;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.Settings;
import io.github.bilevel4j.shape.Mistake;
import org.immutables.value.Value;

/**
 * Implicit differentiation with the adjoint by conjugate gradients (Pedregosa, 2016; Rajeswaran et
 * al., 2019): after the inner steps,
 *
 * <pre>
 * (H + damping I) x = dF/dphi,   H = d^2 G/dphi^2        by at most so many iterations from zero
 * hypergradient = dF/dtheta - d/dtheta &lt;dG/dphi, x&gt;
 * </pre>
 *
 * It is exact when the inner gradient is zero and the iterations suffice. The inner Hessian must be
 * positive definite, which {@code near(theta, weight)} and damping help; the residual, the smallest
 * curvature met (damping included) and the norm of the inner gradient are reported with every step.
 */
@Value.Immutable
@Settings
public abstract class ConjugateGradient implements Estimator {
  ConjugateGradient() {}

  /** At most so many iterations, each of one Hessian-vector product. */
  public static ConjugateGradient steps(int iterations) {
    return ImmutableConjugateGradient.of(iterations);
  }

  @Value.Parameter
  abstract int iterations();

  @Value.Default
  double damping() {
    return 0;
  }

  @Value.Default
  double tolerance() {
    return 1e-10;
  }

  /** With a multiple of the identity added to the Hessian, zero by default; biases the result. */
  public abstract ConjugateGradient damping(double damping);

  /** Stopping early at this residual relative to the right side, 1e-10 by default. */
  public abstract ConjugateGradient tolerance(double tolerance);

  @Value.Check
  void check() {
    if (iterations() < 1) {
      throw Mistake.in("conjugate gradient")
          .because("there are %d iterations", iterations())
          .maybe("10 iterations were meant.");
    }
    if (!(damping() >= 0)) {
      throw Mistake.in("conjugate gradient")
          .because("the damping is negative, %s", damping())
          .maybe("0 was meant: damping is added to the Hessian's diagonal.");
    }
    if (!(tolerance() >= 0)) {
      throw Mistake.in("conjugate gradient")
          .because("the tolerance is negative, %s", tolerance())
          .maybe("0 was meant: all iterations are then made.");
    }
  }

  @Override
  public boolean followsInnerSteps() {
    return false;
  }

  @Override
  public String description() {
    return "implicit, conjugate gradient, at most "
        + iterations()
        + " iterations"
        + (damping() == 0 ? "" : ", damping " + damping());
  }

  @Override
  public Estimate of(BilevelProblem problem, Engine engine) {
    return new ImplicitEstimate(problem, this, engine);
  }
}
