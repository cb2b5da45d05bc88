package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.check.UsageError;

/** Ranges of options. */
final class Numbers {
  private Numbers() {}

  static void positive(String option, double value) {
    if (!(value > 0)) {
      throw UsageError.in(option).because("%s is not positive", value).maybe("0.001 was meant.");
    }
  }

  static void atLeastOne(String option, int value) {
    if (value < 1) {
      throw UsageError.in(option).because("%d is less than 1", value).maybe("1 was meant.");
    }
  }
}
