package io.github.bilevel4j.losses.information;

import io.github.bilevel4j.expr.Expr;

/**
 * The Gram matrix of the shorter side of a matrix: {@code X X^T} or {@code X^T X}, which share
 * their nonzero eigenvalues.
 */
final class DualGram {
  private DualGram() {}

  /** The Gram matrices of matrices {@code [..., m, d]}, square with side {@code min(m, d)}. */
  static Expr of(Expr matrices) {
    return isOfRows(matrices) ? matrices.rowGram() : matrices.columnGram();
  }

  static boolean isOfRows(Expr matrices) {
    return matrices.shape().dim(-2) <= matrices.shape().dim(-1);
  }

  /** {@code log det(I + X X^T) = log det(I + X^T X)}, shape {@code [...]}. */
  static Expr logDeterminantPlusIdentity(Expr matrices) {
    return of(matrices).plusDiagonal(1).logDeterminant();
  }
}
