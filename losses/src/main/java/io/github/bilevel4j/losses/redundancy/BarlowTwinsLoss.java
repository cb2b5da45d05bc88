package io.github.bilevel4j.losses.redundancy;

import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.LossTerms;
import io.github.bilevel4j.losses.ViewPair;

/**
 * The redundancy reduction of Barlow Twins. With the features of each view standardized over the
 * batch, {@code b = (z - mean) / sqrt(variance + 1e-5)}, and their cross-correlation {@code C =
 * b1^T b2 / n},
 *
 * <pre>
 * L = scale [ sum_i (C_ii - 1)^2 + weight sum_{i != j} C_ij^2 ]  =  alignment + constraint.
 * </pre>
 *
 * <p>Views are embeddings {@code [n, d]}, at least two images; the variance is the biased one; the
 * loss is a scalar. A collapsed feature has the correlation zero with all others.
 *
 * <p>Source: Zbontar, Jing, Misra, LeCun, Deny, "Barlow Twins: self-supervised learning via
 * redundancy reduction", 2021.
 *
 * @param weight of the redundancy, not negative
 * @param scale of the whole, positive
 */
public record BarlowTwinsLoss(double weight, double scale) {
  private static final String NAME = "BarlowTwinsLoss";
  private static final double UNDER_ROOT = 1e-5;

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if the weight is negative or the scale is not positive
   */
  public BarlowTwinsLoss {
    Require.in(NAME).notNegative("weight", weight);
    Require.in(NAME).positive("scale", scale);
  }

  /**
   * With a weight of the redundancy; 0.0051 is usual.
   *
   * @throws IllegalArgumentException if it is negative
   */
  public static BarlowTwinsLoss weight(double weight) {
    return new BarlowTwinsLoss(weight, 1);
  }

  /**
   * With the whole scaled by a factor; 0.1 is usual for small images.
   *
   * @throws IllegalArgumentException if it is not positive
   */
  public BarlowTwinsLoss scale(double factor) {
    return new BarlowTwinsLoss(weight, factor);
  }

  /**
   * The loss L.
   *
   * @throws IllegalArgumentException if the views differ in shape, are not matrices, or hold fewer
   *     than two images
   */
  public Expr of(Expr z1, Expr z2) {
    return terms(z1, z2).total();
  }

  /**
   * The two parts of L.
   *
   * @throws IllegalArgumentException as {@link #of}
   */
  public LossTerms terms(Expr z1, Expr z2) {
    return LossTerms.of(alignment(z1, z2), constraint(z1, z2));
  }

  /**
   * The part of L that makes each feature the same in both views, {@code scale sum_i (C_ii - 1)^2}.
   *
   * @throws IllegalArgumentException as {@link #of}
   */
  public Expr alignment(Expr z1, Expr z2) {
    return crossCorrelation(z1, z2).diagonal().minus(1).squared().sum().times(scale);
  }

  /**
   * The part of L that makes different features uncorrelated, {@code scale weight sum_{i != j}
   * C_ij^2}.
   *
   * @throws IllegalArgumentException as {@link #of}
   */
  public Expr constraint(Expr z1, Expr z2) {
    return OffDiagonal.squaredSum(crossCorrelation(z1, z2)).times(scale * weight);
  }

  /**
   * The cross-correlation {@code C [d, d]}: row i is feature i of the first view.
   *
   * @throws IllegalArgumentException as {@link #of}
   */
  public static Expr crossCorrelation(Expr z1, Expr z2) {
    ViewPair views = ViewPair.requiredOfImages(NAME, z1, z2);
    return standardized(views.first())
        .transposedMatmul(standardized(views.second()))
        .dividedBy(z1.shape().dim(0));
  }

  private static Expr standardized(Expr z) {
    return z.centered(0).dividedBy(z.variance(0).plus(UNDER_ROOT).sqrt());
  }
}
