package io.github.bilevel4j.optimizer;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;

/**
 * The points all of whose elements lie in an interval, which may be unbounded. The projection
 * {@code max(low, min(x, high))} has derivative one in the interval with its ends, and zero
 * outside.
 */
public record Box(double low, double high) implements Constraint {

  /**
   * Checks the interval.
   *
   * @throws UsageError if there is no number in it
   */
  public Box {
    if (!(low <= high) || low == Double.POSITIVE_INFINITY || high == Double.NEGATIVE_INFINITY) {
      throw UsageError.in("box")
          .because("no number lies between %s and %s", low, high)
          .maybe("the limits are exchanged or undefined.");
    }
  }

  /**
   * The elements from one number to another, both included.
   *
   * @throws UsageError if there is no number in between
   */
  public static Box between(double low, double high) {
    return new Box(low, high);
  }

  /** The elements not below a number. */
  public static Box atLeast(double low) {
    return new Box(low, Double.POSITIVE_INFINITY);
  }

  /** The elements not above a number. */
  public static Box atMost(double high) {
    return new Box(Double.NEGATIVE_INFINITY, high);
  }

  /** By choosing: the derivative of {@code component.minimum(high)} is zero at the end. */
  @Override
  public Expr project(Expr component) {
    Expr below =
        Double.isInfinite(high)
            ? component
            : component.greaterThan(high).where(Expr.constant(high), component);
    return Double.isInfinite(low) ? below : below.lessThan(low).where(Expr.constant(low), below);
  }

  @Override
  public String description() {
    if (Double.isInfinite(high)) {
      return Double.isInfinite(low) ? "all numbers" : "numbers of at least " + low;
    }
    return Double.isInfinite(low) ? "numbers of at most " + high : "[" + low + ", " + high + "]";
  }
}
