package io.github.bilevel4j.examples.bilevel;

import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.BilevelProblem;
import java.util.Optional;

/** A bi-level problem with its answer in closed form. */
public interface SolvedProblem {

  /** The problem. */
  BilevelProblem problem();

  /** The inner solution as expressions of the outer variables. */
  Vector innerSolution();

  /** The outer solution, if it is known. */
  default Optional<Vector> outerSolution() {
    return Optional.empty();
  }
}
