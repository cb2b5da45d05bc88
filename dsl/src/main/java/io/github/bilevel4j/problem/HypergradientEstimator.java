package io.github.bilevel4j.problem;

import io.github.bilevel4j.backend.Engine;

/**
 * How the derivative of the outer objective through the inner solution is estimated. The estimators
 * are with the solvers; a problem needs to know of them only what its validation depends on.
 */
public interface HypergradientEstimator {

  /**
   * Whether the estimator differentiates the steps of the inner solver, starting point included.
   * The others use the inner objective alone: for them the outer variables must occur in it.
   */
  boolean followsInnerSteps();

  /**
   * Refuses inner problems that the estimator cannot differentiate as they are solved; none by
   * default.
   *
   * @throws IllegalArgumentException if the inner problem does not suit
   */
  default void requireSuits(InnerLevel inner) {}

  /**
   * As {@link #requireSuits(InnerLevel)}, which it calls by default, for estimators that do not
   * suit every outer problem either.
   *
   * @throws IllegalArgumentException if one of the problems does not suit
   */
  default void requireSuits(InnerLevel inner, OuterLevel outer) {
    requireSuits(inner);
  }

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
