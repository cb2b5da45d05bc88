package io.github.bilevel4j.solver.estimator;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.optimizer.Schedule;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.CompiledEstimator;
import io.github.bilevel4j.problem.Differentiation;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.problem.InnerLevel;
import io.github.bilevel4j.problem.OuterLevel;
import io.github.bilevel4j.problem.Settings;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.linear.Automatic;
import io.github.bilevel4j.solver.linear.LinearSolver;
import io.github.bilevel4j.solver.linear.Preconditioner;
import io.github.bilevel4j.solver.step.InnerSteps;
import java.util.Optional;
import java.util.OptionalInt;
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
 * gives them the smallest curvature met and estimates of the largest eigenvalue and the condition
 * number. These are of the operator that the solver sees: damping included, and for the latter two
 * the preconditioner as well.
 *
 * <pre>{@code
 * .differentiatedBy(Implicit.by(ConjugateGradient.steps(10)).damping(1e-2))
 * }</pre>
 */
@Value.Immutable
@Settings
public abstract class Implicit implements HypergradientEstimator {
  Implicit() {}

  /** With the adjoint by a linear solver. */
  public static Implicit by(LinearSolver solver) {
    return ImmutableImplicit.of(solver);
  }

  /**
   * With a linear solver chosen by the number of inner variables: see {@link Automatic}. It does
   * not stop at an inner Hessian that is not positive definite; the step reports the smallest
   * curvature that the solver meets, which for the small problems that are solved densely is the
   * smallest along the coordinates. {@link BilevelSolver#verify} looks for negative curvature in
   * all directions.
   */
  public static Implicit auto() {
    return by(Automatic.symmetric());
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

  abstract OptionalInt iterationsPerRun();

  @Value.Default
  boolean errorEstimated() {
    return false;
  }

  abstract Optional<Preconditioner> preconditionedBy();

  abstract Optional<Schedule> solvedTo();

  /** With a multiple of the identity added to the Hessian, zero by default; biases the result. */
  public abstract Implicit damping(double damping);

  /** Whether each solve starts at the adjoint of the last one instead of zero; not by default. */
  public abstract Implicit warmStarted(boolean warmStarted);

  /** With an approximation of the Hessian that makes the solver converge faster. */
  public abstract Implicit preconditionedBy(Preconditioner preconditioner);

  /**
   * With {@code iterations} iterations of the solver in one run of the device: less overhead for
   * small problems, more to compile and no stop in between. By default as many as seem worth while:
   * one if an iteration is long compared with the 0.1 ms that a run costs, several if it is short.
   * Of dense solves and of {@code Nystrom} those of one run are one batch, 40 by default where that
   * many products at once fit in memory.
   */
  public abstract Implicit iterationsPerRun(int iterations);

  /**
   * Whether each step reports as "error estimate" how far the truncated linear solve leaves the
   * hypergradient from the exact one at the same inner point; not by default.
   *
   * <p>It is a delayed difference of conjugate gradients (after Hestenes and Stiefel, 1952; Strakos
   * and Tichy, 2002): for the hypergradient {@code h_k} made of the adjoint after k iterations,
   *
   * <pre>
   * || h_{K+3} - h_K || / || h_{K+3} ||
   * </pre>
   *
   * which estimates {@code || h - h_K || / || h ||} if three iterations reduce the error well, as
   * they do unless a large condition number makes the first few iterations stagnate; then it is too
   * small. On ridge, logistic, quadratic and iMAML problems with condition numbers from 4 to 1000
   * it is 0.8 to 1.4 times the error, from K = 1 on. Below rounding it tends to zero, and a solver
   * that does not tell its residual reports none. The step itself uses {@code h_K}. It costs three
   * iterations and two products with the mixed derivative. The error of the inner solution and the
   * bias of damping are not in it: see {@link BilevelSolver#diagnose}.
   */
  public abstract Implicit errorEstimated(boolean errorEstimated);

  /**
   * With each solve stopped at a residual relative to the right side that falls from hypergradient
   * to hypergradient, such as {@code Schedule.exponential(0.1, 1e-6, 200)}: no better than the
   * outer step needs it (HOAG, Pedregosa, 2016, whose tolerance is {@code 0.1 * 0.9^k}). The
   * solver's own tolerance and number of iterations stay bounds. The inner steps are not affected.
   *
   * @throws UsageError if the residual is constant and not in {@code [0, 1)}; that of any other
   *     schedule is checked in each step
   */
  public abstract Implicit solvedTo(Schedule residual);

  @Value.Check
  void check() {
    Require.in("implicit differentiation")
        .notNegative("damping", damping())
        .atLeast(1, "number of iterations in a run", iterationsPerRun().orElse(1));
    solvedTo()
        .map(residual -> residual.at(Expr.constant(0)))
        .filter(first -> first.op() instanceof Leaf.Constant)
        .ifPresent(first -> requireResidual(((Leaf.Constant) first.op()).value().scalarValue()));
    if (warmStarted()) {
      AdjointEstimate.requireWarmStart("implicit differentiation", solver());
    }
    if (preconditionedBy().isPresent() && !solver().usesPreconditioner()) {
      throw UsageError.in("implicit differentiation")
          .because("the linear solver does not use a preconditioner")
          .row("solver", solver().description())
          .row("preconditioner", preconditionedBy().get().description())
          .maybe("Implicit.by(ConjugateGradient.steps(...)) was meant.");
    }
  }

  /** Refuses a residual that stops no solve, or each before it has begun. */
  static void requireResidual(double scheduled) {
    Require.in("implicit differentiation").fraction("scheduled residual", scheduled);
  }

  @Override
  public Differentiation differentiation(InnerLevel inner) {
    return Differentiation.SOLUTION;
  }

  @Override
  public void requireSuits(InnerLevel inner, OuterLevel outer) {
    InnerSteps.requireStationary("implicit differentiation", inner);
  }

  @Override
  public String description() {
    return "implicit, "
        + solver().description()
        + (damping() == 0 ? "" : ", damping " + damping())
        + preconditionedBy().map(p -> ", preconditioned by " + p.description()).orElse("")
        + (warmStarted() ? ", warm-started" : "")
        + (solvedTo().isPresent() ? ", solved to a scheduled residual" : "");
  }

  @Override
  public CompiledEstimator compile(BilevelProblem problem, Engine engine) {
    return new AdjointEstimate(
        problem, engine, this, optimizer -> AdjointSystem.stationary(problem, damping(), engine));
  }
}
