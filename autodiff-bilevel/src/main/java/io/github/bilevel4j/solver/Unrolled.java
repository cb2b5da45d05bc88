package io.github.bilevel4j.solver;

import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.BilevelProblem;

/**
 * Unrolled differentiation: the derivative of {@code F(theta, phi_T(theta))} through the T steps of
 * the inner solver, {@code phi_{t+1} = phi_t - rate * dG/dphi(phi_t, theta)} or whatever its
 * optimizer does, starting point included.
 *
 * <p>{@link #exact()} follows second derivatives and is exact for the given number of steps (MAML,
 * Finn et al., 2017; with one step from {@code theta}, Eq. 8 of UMM: {@code (I - rate H) dF/dphi}).
 * {@link #firstOrder()} takes each inner gradient as a constant (first-order MAML): what is left is
 * the direct term and the starting point's; it is biased.
 */
public record Unrolled(boolean secondOrder) implements Estimator {

  /** The exact derivative through all steps. Time and memory grow with their number. */
  public static Unrolled exact() {
    return new Unrolled(true);
  }

  /** The derivative without the terms of second order; biased. */
  public static Unrolled firstOrder() {
    return new Unrolled(false);
  }

  @Override
  public boolean followsInnerSteps() {
    return true;
  }

  @Override
  public String description() {
    return secondOrder
        ? "exact, unrolled through the inner steps"
        : "first order, inner gradients taken as constants (biased)";
  }

  @Override
  public Estimate of(BilevelProblem problem, Engine engine) {
    Vector solution = InnerSteps.unrolled(problem.inner(), secondOrder ? g -> g : Vector::detached);
    Expr outer = problem.outer().objective().total().at(problem.inner().variables(), solution);
    return SymbolicEstimate.of(
        problem, solution, Derivatives.gradient(outer, problem.outer().variables().vector()));
  }
}
