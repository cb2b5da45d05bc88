package org.example;

import io.github.bilevel4j.expr.Expr;

/**
 * A loss of two views {@code [n, d]}: the spectral contrastive loss (HaoChen et al., 2021),
 *
 * <pre>
 * L = -2/n sum_i z1_i.z2_i + 1/n^2 sum_ij (z1_i.z2_j)^2  =  alignment + constraint.
 * </pre>
 */
public final class SpectralLoss {
  private SpectralLoss() {}

  /** L. */
  public static Expr of(Expr z1, Expr z2) {
    return alignment(z1, z2).plus(constraint(z1, z2));
  }

  /** The part that draws the two views of an image together. */
  public static Expr alignment(Expr z1, Expr z2) {
    return z1.times(z2).sum(1).mean().times(-2);
  }

  /** The part that keeps different images apart. */
  public static Expr constraint(Expr z1, Expr z2) {
    return z1.matmul(z2.transposed()).squared().mean();
  }
}
