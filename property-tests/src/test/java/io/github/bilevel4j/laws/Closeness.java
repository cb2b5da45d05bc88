package io.github.bilevel4j.laws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.evaluation.Rows;
import io.github.bilevel4j.shape.Array;
import java.util.List;

/** Equality up to rounding. */
final class Closeness {
  private static final double ROUNDING = 1e-11;

  private Closeness() {}

  static void assertClose(double actual, double expected) {
    assertClose(actual, expected, ROUNDING);
  }

  static void assertClose(String what, double actual, double expected) {
    assertThat(actual).as(what).isCloseTo(expected, within(ROUNDING * (1 + Math.abs(expected))));
  }

  static void assertClose(double actual, double expected, double tolerance) {
    assertThat(actual).isCloseTo(expected, within(tolerance * (1 + Math.abs(expected))));
  }

  static void assertClose(List<Array> actual, List<Array> expected) {
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < actual.size(); i++) {
      assertClose(actual.get(i), expected.get(i), ROUNDING);
    }
  }

  static void assertClose(Array actual, Array expected) {
    assertClose(actual, expected, ROUNDING);
  }

  /** The largest difference, against the largest expected element or one. */
  static void assertClose(Array actual, Array expected, double tolerance) {
    assertThat(actual.size()).isEqualTo(expected.size());
    assertThat(Rows.difference(actual, expected))
        .as("largest difference of %s and %s", actual, expected)
        .isLessThanOrEqualTo(tolerance * (1 + Rows.largest(expected)));
  }
}
