package io.github.bilevel4j.problem;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.check.UsageError;

/**
 * How the derivative of the outer objective through the inner solution is estimated. A user's own
 * estimator implements {@link #differentiation}, {@link #compile} and {@link #description}; a
 * solver runs, explains, diagnoses and verifies it like any other.
 *
 * <p>The parts to make one of are in the package {@code solver.step}: {@code InnerSteps} has the
 * inner gradient, {@code StatefulOptimizer} the step along it, {@code InnerSolve} runs the steps.
 * What is a mean over the batch goes through {@link Engine#batchMean}, so that batches may come in
 * micro-batches.
 */
public interface HypergradientEstimator {

  /**
   * What of an inner solver is differentiated, which says where the outer variables must act.
   *
   * @param inner the inner level, or one of several side by side
   */
  Differentiation differentiation(InnerLevel inner);

  /**
   * Refuses problems that the estimator cannot differentiate as they are solved; none by default.
   *
   * @throws UsageError if one of the levels does not suit
   */
  default void requireSuits(InnerLevel inner, OuterLevel outer) {}

  /**
   * The inner solution and the hypergradient of a problem as expressions, with whatever has to be
   * compiled on the engine for them.
   *
   * @param problem of two levels, without symbolic gradients
   */
  CompiledEstimator compile(BilevelProblem problem, Engine engine);

  /** For instance {@code implicit, conjugate gradient, 10 steps, damping 0.01}. */
  String description();
}
