package io.github.bilevel4j.regularizer;

import io.github.bilevel4j.expr.Expr;

/** {@code log 1/n^2 sum_ij exp(-t |z_i - z_j|^2)}, how far samples are from an even spread. */
final class Uniformity {
  private Uniformity() {}

  static Expr of(Expr z, double t) {
    Expr squares = z.squared().sumKeeping(1);
    Expr distances = squares.plus(squares.transposed()).minus(z.rowGram().times(2));
    return distances.times(-t).logSumExp().minus(2 * Math.log(z.shape().dim(0)));
  }
}
