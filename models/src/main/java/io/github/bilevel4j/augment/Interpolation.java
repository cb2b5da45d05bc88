package io.github.bilevel4j.augment;

import io.github.bilevel4j.expr.Expr;

/**
 * How pixels between pixels are computed. As in Pillow (and in PyTorch with {@code antialias}), the
 * kernel is widened by the scale where an image shrinks, so that every source pixel counts.
 */
public enum Interpolation {
  /** The triangle {@code max(1 - |t|, 0)}. */
  BILINEAR,
  /**
   * The cubic of Keys (1981) with a = -1/2; values beyond [0, 1] where it overshoots are clipped.
   */
  BICUBIC;

  /** The kernel's value at distances in source pixels, unnormalized. */
  Expr kernel(Expr distance) {
    return switch (this) {
      case BILINEAR -> distance.negated().plus(1).relu();
      case BICUBIC -> cubic(distance);
    };
  }

  /** Keys' two cubics as one: {@code p^2 (p - 1) / 2 + q^2 (1 - 2 q)}, truncated powers p and q. */
  private static Expr cubic(Expr distance) {
    Expr p = distance.negated().plus(2).relu();
    Expr q = p.minus(1).relu();
    return p.squared().times(p.minus(1)).times(0.5).plus(q.squared().times(q.times(-2).plus(1)));
  }

  /**
   * The matrices that resample one axis: output pixel o of {@code outputs} is centered at {@code
   * start + (o + 1/2) length / outputs}, and its weights fall on the source pixels in {@code start
   * .. start + length} and sum to one.
   *
   * @param start first source pixel of each image's box, whole numbers {@code [n]}
   * @param length number of source pixels in each box, whole numbers {@code [n]}
   * @return {@code [n, outputs, inputs]}
   */
  Expr matrices(Expr start, Expr length, int outputs, int inputs) {
    int n = start.shape().dim(0);
    Expr scale = length.dividedBy(outputs).reshape(n, 1, 1);
    Expr widening = scale.maximum(1);
    Expr from = start.reshape(n, 1, 1);
    Expr to = from.plus(length.reshape(n, 1, 1));
    Expr pixel = Expr.range(inputs).plus(0.5).reshape(1, 1, inputs);
    Expr center = from.plus(Expr.range(outputs).plus(0.5).reshape(1, outputs, 1).times(scale));
    Expr inside = pixel.greaterThan(from).times(pixel.lessThan(to));
    Expr distance = pixel.dividedBy(widening).minus(center.dividedBy(widening)).abs();
    Expr weights = kernel(distance).times(inside);
    return weights.dividedBy(weights.sumKeeping(2));
  }
}
