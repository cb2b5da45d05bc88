package io.github.bilevel4j.solver;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.InnerLevel;
import io.github.bilevel4j.problem.Settings;
import io.github.bilevel4j.shape.Mistake;
import io.github.bilevel4j.solver.linear.LinearSolver;
import io.github.bilevel4j.solver.linear.Preconditioner;
import java.util.Optional;
import org.immutables.value.Value;

/**
 * Implicit differentiation (Pedregosa, 2016; Rajeswaran et al., 2019): after the inner steps,
 *
 * <pre>
 * (H + damping I) v = dF/dphi,   H = d^2 G/dphi^2        by a linear solver
 * hypergradient = dF/dtheta - d/dtheta &lt;dG/dphi, v&gt;
 * </pre>
 *
 * It is exact when the inner gradient is zero and the adjoint v is; memory does not grow with the
 * inner steps. What each step reports of the solve: iterations, residual, and as far as the solver
 * gives them the smallest curvature met (damping included) and an estimate of the condition number.
 *
 * <pre>{@code
 * .differentiatedBy(Implicit.by(ConjugateGradient.steps(10)).damping(1e-2))
 * }</pre>
 */
@Value.Immutable
@Settings
public abstract class Implicit implements Estimator {
  Implicit() {}

  /** With the adjoint by a linear solver. */
  public static Implicit by(LinearSolver solver) {
    return ImmutableImplicit.of(solver);
  }

  @Value.Parameter
  abstract LinearSolver solver();

  @Value.Default
  double damping() {
    return 0;
  }

  @Value.Default
  boolean warmStarted() {
    return false;
  }

  @Value.Default
  int iterationsPerRun() {
    return 1;
  }

  abstract Optional<Preconditioner> preconditionedBy();

  /** With a multiple of the identity added to the Hessian, zero by default; biases the result. */
  public abstract Implicit damping(double damping);

  /** Whether each solve starts at the adjoint of the last one instead of zero; not by default. */
  public abstract Implicit warmStarted(boolean warmStarted);

  /** With an approximation of the Hessian that makes the solver converge faster. */
  public abstract Implicit preconditionedBy(Preconditioner preconditioner);

  /**
   * With so many iterations of the solver in one run of the device: less overhead for small
   * problems, more to compile and no stop in between. One by default.
   */
  public abstract Implicit iterationsPerRun(int iterations);

  @Value.Check
  void check() {
    if (!(damping() >= 0)) {
      throw Mistake.in("implicit differentiation")
          .because("the damping is negative, %s", damping())
          .maybe("0 was meant: damping is added to the Hessian's diagonal.");
    }
    if (iterationsPerRun() < 1) {
      throw Mistake.in("implicit differentiation")
          .because("there are %d iterations in a run", iterationsPerRun())
          .maybe("1 was meant.");
    }
    if (preconditionedBy().isPresent() && !solver().usesPreconditioner()) {
      throw Mistake.in("implicit differentiation")
          .because("the linear solver does not use a preconditioner")
          .row("solver", solver().description())
          .row("preconditioner", preconditionedBy().get().description())
          .maybe("Implicit.by(ConjugateGradient.steps(...)) was meant.");
    }
  }

  @Override
  public boolean followsInnerSteps() {
    return false;
  }

  @Override
  public void requireSuits(InnerLevel inner) {
    if (!inner.optimizer().seeksStationaryPoint()) {
      throw Mistake.in("implicit differentiation")
          .because("the inner gradient is not zero at the inner solution")
          .row("inner solver", inner.optimizer().description())
          .maybe("FixedPoint.by(...) or Unrolled.exact() was meant: they differentiate the steps.");
    }
  }

  @Override
  public String description() {
    return "implicit, "
        + solver().description()
        + (damping() == 0 ? "" : ", damping " + damping())
        + preconditionedBy().map(p -> ", preconditioned by " + p.description()).orElse("")
        + (warmStarted() ? ", warm-started" : "");
  }

  @Override
  public Estimate of(BilevelProblem problem, Engine engine) {
    return new AdjointEstimate(
        problem,
        engine,
        new AdjointEstimate.Settings(
            solver(), damping(), warmStarted(), iterationsPerRun(), preconditionedBy()),
        (gradient, descent) -> AdjointSystem.stationary(problem, gradient, damping()));
  }
}
