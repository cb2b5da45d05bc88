package io.github.bilevel4j.examples.bilevel;

import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.HypergradientEstimator;
import java.util.Optional;

/** A bi-level problem whose inner solution can be written down as an expression. */
public interface SolvedProblem {

  /** A rate with which gradient descent solves the inner problem. */
  double rate();

  /** The number of its steps that solve the inner problem. */
  int steps();

  /** The problem with so many inner steps, differentiated by an estimator. */
  BilevelProblem problem(int steps, HypergradientEstimator estimator);

  /**
   * The inner solution as expressions of the outer variables: a closed form, or the steps of a
   * method that reaches machine precision. Its derivative is that of the inner solution too.
   */
  Vector innerSolution();

  /** The outer solution, if it is known. */
  default Optional<Vector> outerSolution() {
    return Optional.empty();
  }
}
