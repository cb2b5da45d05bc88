package io.github.bilevel4j.problem;

import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import java.util.Optional;

/**
 * The inner problem {@code min over phi of G(phi, theta)}, and how it is solved: so many optimizer
 * steps from a starting point. Without a starting point each solve goes on from the last one (warm
 * start). With warm start, estimators that do not follow the steps keep the optimizer's memory from
 * solve to solve; those that do begin each solve with an empty one.
 */
public record InnerLevel(
    Variables variables,
    Objective objective,
    Optional<Vector> start,
    int steps,
    Optimizer optimizer) {

  /** For instance {@code 5 x SGD, rate 0.1}. */
  public String solver() {
    return steps == 0 ? optimizer.description() : steps + " x " + optimizer.description();
  }
}
