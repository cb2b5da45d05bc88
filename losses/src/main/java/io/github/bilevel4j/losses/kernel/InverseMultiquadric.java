package io.github.bilevel4j.losses.kernel;

import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;

/**
 * The inverse multiquadric kernel {@code k(x, y) = c / sqrt(c^2 + |x - y|^2)}, in (0, 1] for a
 * positive scale c.
 *
 * @param scale c, a scalar; where it is learned, it is by {@link #scaleLoss} alone
 */
public record InverseMultiquadric(Expr scale) {
  private static final String NAME = "InverseMultiquadric";
  private static final double SMALLEST_SQUARED_SLOPE = 1e-14;

  /**
   * Checks the scale.
   *
   * @throws IllegalArgumentException if it is not a scalar
   */
  public InverseMultiquadric {
    if (!scale.shape().isScalar()) {
      throw UsageError.in(NAME)
          .because("the scale must be a scalar")
          .row("scale", scale.label(), scale.shape().toString())
          .maybe("InverseMultiquadric.scale(1) was meant.");
    }
  }

  /**
   * With a constant scale.
   *
   * @throws IllegalArgumentException if it is not positive
   */
  public static InverseMultiquadric scale(double scale) {
    Require.in(NAME).positive("scale", scale);
    return new InverseMultiquadric(Expr.constant(scale));
  }

  /**
   * With a scale that is a variable.
   *
   * @throws IllegalArgumentException if it is not a scalar
   */
  public static InverseMultiquadric scale(Expr scale) {
    return new InverseMultiquadric(scale);
  }

  /** The kernel with its scale taken as a constant. */
  InverseMultiquadric detached() {
    return new InverseMultiquadric(scale.detached());
  }

  /** The kernel of all pairs of rows {@code [m, d]}, {@code [m, m]}. */
  public Expr of(Expr x) {
    return ofSquaredDistances(squaredDistances(x));
  }

  /** The kernel of squared distances, in their shape. */
  Expr ofSquaredDistances(Expr squaredDistances) {
    return scale.dividedBy(scale.squared().plus(squaredDistances).sqrt());
  }

  /**
   * The loss that fits the scale to the distances in x {@code [m, d]}, which are constants: minus
   * the mean logarithm of the kernel's slope in the squared distance r over all pairs,
   *
   * <pre>
   * -mean 1/2 log max(1e-14, (dk/dr)^2),   dk/dr = -c/2 (c^2 + r)^(-3/2).
   * </pre>
   */
  public Expr scaleLoss(Expr x) {
    return scaleLossOfSquaredDistances(squaredDistances(x.detached()));
  }

  /** {@link #scaleLoss} of given squared distances. */
  public Expr scaleLossOfSquaredDistances(Expr squaredDistances) {
    Expr c = scale.squared();
    Expr squaredSlope = c.dividedBy(4).dividedBy(c.plus(squaredDistances).pow(3));
    return squaredSlope.maximum(SMALLEST_SQUARED_SLOPE).log().mean().dividedBy(-2);
  }

  /** Rounding may take a distance of equal rows below zero, but never c^2 with it. */
  private static Expr squaredDistances(Expr x) {
    Expr squares = x.squared().sumKeeping(-1);
    return squares.plus(squares.transposed()).minus(x.rowGram().times(2)).relu();
  }
}
