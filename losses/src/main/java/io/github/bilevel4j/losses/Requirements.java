package io.github.bilevel4j.losses;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;

/** What losses require of their settings. */
public final class Requirements {
  private Requirements() {}

  /**
   * Fails unless a setting is positive.
   *
   * @param setting what the setting is, for instance {@code the temperature}
   * @param meant a call that would work
   * @throws IllegalArgumentException on behalf of the operation, if it is not
   */
  public static void positive(String operation, String setting, Number value, String meant) {
    if (!(value.doubleValue() > 0)) {
      throw UsageError.in(operation)
          .because("%s must be positive, got %s", setting, value)
          .maybe("%s was meant.", meant);
    }
  }

  /**
   * Fails if a weight is negative or not a number.
   *
   * @param setting what the setting is, for instance {@code the weight}
   * @throws IllegalArgumentException on behalf of the operation, if it is
   */
  public static void notNegative(String operation, String setting, double value) {
    if (!(value >= 0)) {
      throw UsageError.in(operation)
          .because("%s must not be negative, got %s", setting, value)
          .maybe("0 was meant, which switches it off.");
    }
  }

  /**
   * Fails unless an expression is a scalar.
   *
   * @param role what it is, for instance {@code tau}
   * @throws IllegalArgumentException on behalf of the operation, if it is not
   */
  public static void scalar(String operation, String role, Expr value) {
    if (!value.shape().isScalar()) {
      throw UsageError.in(operation)
          .because("%s is not a scalar", role)
          .row(role, value.label(), value.shape().toString())
          .maybe("one number for all was meant.");
    }
  }
}
