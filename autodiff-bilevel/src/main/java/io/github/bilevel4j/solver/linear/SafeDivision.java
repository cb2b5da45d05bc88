package io.github.bilevel4j.solver.linear;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;

/** Division that stays finite once a method has nothing left to do. */
final class SafeDivision {
  static final Expr ZERO = Expr.constant(0);
  static final Expr ONE = Expr.constant(1);

  private SafeDivision() {}

  /** {@code numerator / denominator}, zero where the denominator is. */
  static Expr quotient(Expr numerator, Expr denominator) {
    Expr zero = denominator.equalTo(ZERO);
    return zero.where(ZERO, numerator.dividedBy(zero.where(ONE, denominator)));
  }

  /**
   * The distance from 1 to the next number, in the precision of the device that computes it: a
   * third is rounded, and what is missing from three of them is that distance.
   */
  static Expr roundoff() {
    return Expr.constant(4).dividedBy(3).minus(1).times(3).minus(1).abs();
  }

  /** The vector divided by its length, or zero. */
  static Vector unit(Vector v, Expr length) {
    return v.times(quotient(ONE, length));
  }
}
