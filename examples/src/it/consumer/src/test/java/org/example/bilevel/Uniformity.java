package org.example.bilevel;

import io.github.bilevel4j.expr.Expr;

/** A regularizer in ten lines: {@code log 1/n^2 sum_ij exp(-2 |z_i - z_j|^2)}; z is [n, d]. */
final class Uniformity {
  private Uniformity() {}

  static Expr of(Expr z) {
    Expr squares = z.squared().sumKeeping(1);
    Expr distances = squares.plus(squares.transposed()).minus(z.rowGram().times(2));
    return distances.times(-2).logSumExp().minus(2 * Math.log(z.shape().dim(0)));
  }
}
