package org.example;

import io.github.bilevel4j.expr.Expr;

/** A regularizer in ten lines: the mean Gaussian potential of all pairs (Wang and Isola, 2020). */
public final class Uniformity {
  private Uniformity() {}

  /** log 1/n^2 sum_ij exp(-t |z_i - z_j|^2), how far samples are from an even spread; z [n, d]. */
  public static Expr of(Expr z, double t) {
    Expr squares = z.squared().sumKeeping(1);
    Expr distances = squares.plus(squares.transposed()).minus(z.rowGram().times(2));
    return distances.times(-t).logSumExp().minus(2 * Math.log(z.shape().dim(0)));
  }
}
