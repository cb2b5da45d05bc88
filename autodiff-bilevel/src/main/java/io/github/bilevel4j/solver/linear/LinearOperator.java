package io.github.bilevel4j.solver.linear;

import io.github.bilevel4j.expr.Vector;

/** A linear map of a space of vectors to itself, {@code v -> A v}, as an expression. */
@FunctionalInterface
public interface LinearOperator {

  /** {@code A v}. */
  Vector times(Vector v);

  /** {@code A + shift I}: damping, the same for all methods. */
  default LinearOperator plus(double shift) {
    return shift == 0 ? this : v -> times(v).plus(v.times(shift));
  }
}
