package io.github.bilevel4j.solver.estimator;

import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.CompiledEstimator;
import io.github.bilevel4j.solver.linear.LinearOperator;
import io.github.bilevel4j.solver.linear.LinearSolve;
import io.github.bilevel4j.solver.linear.LinearSolver;
import io.github.bilevel4j.solver.linear.SolveReport;
import io.github.bilevel4j.solver.step.InnerSolve;

/**
 * A compiled estimator whose hypergradient is made of an adjoint, the solution of a linear system.
 * An estimator that implements it, a user's own too, is diagnosed and verified part by part: linear
 * solve, damping, inner solution. All others are compared with a reference as a whole.
 */
public interface AdjointSolve extends CompiledEstimator {

  /**
   * How a solve for the adjoint went.
   *
   * @param gradientNorm of the inner objective where it was made
   */
  record Solved(double gradientNorm, SolveReport report) {}

  /** The system of the adjoint. */
  AdjointSystem system();

  /** The method by which it is solved. */
  LinearSolver method();

  /** The inner steps. */
  InnerSolve inner();

  /** Linearizes where the inner variables are and solves for the adjoint. */
  Solved solve(Feed feed);

  /** Further iterations of the last solve; says whether all were made. */
  boolean continueFor(int iterations, SolveReport report, Feed feed);

  /** A solve of another system by the same method. */
  LinearSolve another(String name, LinearOperator operator, Vector right);

  /** The adjoint as the last solve left it. */
  Vector adjoint();

  /** The hypergradient made of the adjoint as it is now. */
  Vector current();
}
