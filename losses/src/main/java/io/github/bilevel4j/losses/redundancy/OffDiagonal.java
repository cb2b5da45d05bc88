package io.github.bilevel4j.losses.redundancy;

import io.github.bilevel4j.expr.Expr;

/** The elements of matrices beside their diagonals. */
final class OffDiagonal {
  private OffDiagonal() {}

  /** {@code sum_{i != j} m_ij^2} of matrices {@code [..., d, d]}, shape {@code [...]}. */
  static Expr squaredSum(Expr matrices) {
    return matrices.minus(matrices.bandPart(0, 0)).squared().sum(-2, -1);
  }
}
