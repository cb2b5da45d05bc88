package io.github.bilevel4j.problem;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;

/**
 * One summand of an objective, {@code coefficient * value}. The value is reported under the name
 * during a run, without the coefficient.
 */
public record Term(String name, double coefficient, Expr value) {

  /**
   * Checks the term.
   *
   * @throws IllegalArgumentException if the value is not a scalar or the coefficient not finite
   */
  public Term {
    if (!value.shape().isScalar()) {
      throw UsageError.in("term \"" + name + "\"")
          .because("the value is not a scalar")
          .row("value", value.label(), value.shape().toString())
          .maybe("a sum() or mean() is missing.");
    }
    if (!Double.isFinite(coefficient)) {
      throw UsageError.in("term \"" + name + "\"")
          .because("the weight is not finite, %s", coefficient)
          .maybe("it was divided by zero.");
    }
  }

  /** With the coefficient multiplied by a factor; zero is positive. */
  Term times(double factor) {
    return new Term(name, factor == 0 ? 0 : coefficient * factor, value);
  }

  /** {@code coefficient * value}. */
  Expr weighted() {
    return value.times(coefficient);
  }

  /** For instance {@code + 0.5 memorization}. */
  @Override
  public String toString() {
    String sign = coefficient < 0 ? "- " : "+ ";
    double size = Math.abs(coefficient);
    return sign + (size == 1 ? "" : size + " ") + name;
  }
}
