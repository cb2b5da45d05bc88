package io.github.bilevel4j.losses;

import io.github.bilevel4j.expr.Expr;

/** Cosines of the angles between samples, in {@code [-1, 1]}; zero rows have the cosine 0. */
public final class CosineSimilarity {
  private CosineSimilarity() {}

  /** {@code cos(a_i, b_i)} of the rows of two matrices {@code [n, d]}, shape {@code [n]}. */
  public static Expr ofRows(Expr a, Expr b) {
    return a.normalized(-1).times(b.normalized(-1)).sum(-1);
  }

  /** {@code cos(a_i, b_j)} of all rows {@code [n, d]} and {@code [m, d]}, {@code [n, m]}. */
  public static Expr ofAllRows(Expr a, Expr b) {
    return a.normalized(-1).matmulTransposed(b.normalized(-1));
  }
}
