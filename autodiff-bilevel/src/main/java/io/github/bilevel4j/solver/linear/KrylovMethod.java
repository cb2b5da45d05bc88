package io.github.bilevel4j.solver.linear;

import io.github.bilevel4j.check.Require;
import org.immutables.value.Value;

/** What the iterative methods have in common: a number of iterations and a tolerance. */
abstract class KrylovMethod implements LinearSolver {
  /** The method's name. */
  abstract String title();

  @Value.Parameter
  abstract int iterations();

  @Value.Default
  @Override
  public double tolerance() {
    return 1e-10;
  }

  /** Whether an iteration from a residual of zero leaves the solution where it is. */
  boolean isAtRestWhenSolved() {
    return false;
  }

  @Value.Check
  void check() {
    Require.in(title())
        .atLeast(1, "number of iterations", iterations())
        .fraction("tolerance", tolerance());
  }

  @Override
  public int iterationsFor(long dimension) {
    return iterations();
  }

  @Override
  public String description() {
    return title() + ", " + atMost(iterations(), tolerance());
  }

  static String atMost(int iterations, double tolerance) {
    return "at most "
        + iterations
        + (iterations == 1 ? " iteration" : " iterations")
        + (tolerance == 0 ? "" : ", tolerance " + tolerance);
  }
}
