package io.github.bilevel4j.solver.linear;

import io.github.bilevel4j.check.UsageError;

/** What all iterative methods ask of their settings. */
final class Settled {
  private Settled() {}

  static void iterations(String method, int iterations) {
    if (iterations < 1) {
      throw UsageError.in(method)
          .because("there are %d iterations", iterations)
          .maybe("10 iterations were meant.");
    }
  }

  static void tolerance(String method, double tolerance) {
    if (!(tolerance >= 0)) {
      throw UsageError.in(method)
          .because("the tolerance is negative, %s", tolerance)
          .maybe("0 was meant: all iterations are then made.");
    }
    if (tolerance >= 1) {
      throw UsageError.in(method)
          .because("the tolerance is %s, which zero meets without an iteration", tolerance)
          .maybe("1e-10 was meant: it is the residual relative to the right side.");
    }
  }

  static void positive(String method, String what, double value, String advice) {
    if (!(value > 0) || Double.isInfinite(value)) {
      throw UsageError.in(method)
          .because("the %s is not a positive number, %s", what, value)
          .maybe("%s", advice);
    }
  }

  static void atLeastOne(String method, String what, int count, int advice) {
    if (count < 1) {
      throw UsageError.in(method)
          .because("the number of %s is %d", what, count)
          .maybe("%d was meant.", advice);
    }
  }

  static String atMost(int iterations, double tolerance) {
    return "at most "
        + iterations
        + (iterations == 1 ? " iteration" : " iterations")
        + (tolerance == 0 ? "" : ", tolerance " + tolerance);
  }
}
