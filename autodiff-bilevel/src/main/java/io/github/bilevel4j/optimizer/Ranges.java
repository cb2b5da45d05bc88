package io.github.bilevel4j.optimizer;

import io.github.bilevel4j.check.UsageError;

/** Ranges of settings. */
final class Ranges {
  private Ranges() {}

  static void positive(String owner, String setting, double value) {
    if (!(value > 0) || Double.isInfinite(value)) {
      throw UsageError.in(owner)
          .because("the %s is not a positive number, %s", setting, value)
          .maybe("0.001 was meant.");
    }
  }

  static void notNegative(String owner, String setting, double value) {
    if (!(value >= 0) || Double.isInfinite(value)) {
      throw UsageError.in(owner)
          .because("the %s is negative or not finite, %s", setting, value)
          .maybe("0 was meant.");
    }
  }

  static void fraction(String owner, String setting, double value) {
    if (!(value >= 0 && value < 1)) {
      throw UsageError.in(owner)
          .because("the %s is not in [0, 1), %s", setting, value)
          .maybe("0.9 was meant.");
    }
  }
}
