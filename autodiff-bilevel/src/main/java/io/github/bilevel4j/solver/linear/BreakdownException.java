package io.github.bilevel4j.solver.linear;

import java.util.OptionalDouble;

/**
 * A linear solver cannot go on: it met a direction of negative curvature, or its residual grew
 * beyond all bounds. The message says where and what may help.
 */
public final class BreakdownException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  private final double curvature;

  private final int iterations;

  /** After a number of iterations; the curvature is NaN unless a negative one stopped the solve. */
  public BreakdownException(String message, int iterations, double curvature) {
    super(message);
    this.iterations = iterations;
    this.curvature = curvature;
  }

  /** Iterations made before. */
  public int iterations() {
    return iterations;
  }

  /** The curvature {@code p.Hp / p.p}, damping excluded, that stopped the solve, if one did. */
  public OptionalDouble curvature() {
    return Double.isNaN(curvature) ? OptionalDouble.empty() : OptionalDouble.of(curvature);
  }
}
