package io.github.bilevel4j.losses.redundancy;

import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.ViewPair;

/**
 * Variance-invariance-covariance regularization. With the unbiased covariance of each view over the
 * batch,
 *
 * <pre>
 * L = invarianceWeight s(z1, z2)  +  varianceWeight a [v(z1) + v(z2)]
 *                                 +  covarianceWeight b [c(z1) + c(z2)]
 *   = alignment + constraint,
 * s = mean (z1 - z2)^2,   v = mean_j max(0, 1 - sqrt(variance_j + 1e-4)),
 * c = 1/d sum_{i != j} covariance_ij^2.
 * </pre>
 *
 * <p>The factors a and b differ between publications that name the same weights: see {@link
 * Convention}. Views are embeddings {@code [n, d]}, at least two images; the loss is a scalar.
 *
 * <p>Source: Bardes, Ponce, LeCun, "VICReg: variance-invariance-covariance regularization for
 * self-supervised learning", 2022.
 *
 * @param invarianceWeight of the distance between views, not negative
 * @param varianceWeight of the missing deviation, not negative
 * @param covarianceWeight of the correlations, not negative
 * @param convention what the weights multiply
 */
public record VicRegLoss(
    double invarianceWeight,
    double varianceWeight,
    double covarianceWeight,
    Convention convention) {
  private static final String NAME = "VicRegLoss";

  /** Whether variance and covariance terms are summed over the two views or averaged. */
  public enum Convention {
    /** The paper's equation, and solo-learn: both summed, a = b = 1. */
    PAPER(1, 1),
    /** The program of VICReg's authors: the variance averaged, a = 1/2 and b = 1. */
    PUBLISHED_PROGRAM(0.5, 1),
    /** The program of VICRegL's authors: both averaged, a = b = 1/2. */
    AVERAGED(0.5, 0.5);

    private final double variance;
    private final double covariance;

    Convention(double variance, double covariance) {
      this.variance = variance;
      this.covariance = covariance;
    }
  }

  /**
   * Checks the weights.
   *
   * @throws IllegalArgumentException if one is negative
   */
  public VicRegLoss {
    Require.in(NAME).notNegative("invariance weight", invarianceWeight);
    Require.in(NAME).notNegative("variance weight", varianceWeight);
    Require.in(NAME).notNegative("covariance weight", covarianceWeight);
  }

  /**
   * With the weights as the authors' program takes them; 25, 25 and 1 are usual.
   *
   * @throws IllegalArgumentException if one is negative
   */
  public static VicRegLoss weights(double invariance, double variance, double covariance) {
    return new VicRegLoss(invariance, variance, covariance, Convention.PUBLISHED_PROGRAM);
  }

  /** With the same weights of other terms. */
  public VicRegLoss by(Convention other) {
    return new VicRegLoss(invarianceWeight, varianceWeight, covarianceWeight, other);
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
   * The part of L that draws the two views of an image together.
   *
   * @throws IllegalArgumentException as {@link #of}
   */
  public Expr alignment(Expr z1, Expr z2) {
    return terms(z1, z2).alignment();
  }

  /**
   * The part of L that keeps features apart, the variance and covariance terms.
   *
   * @throws IllegalArgumentException as {@link #of}
   */
  public Expr constraint(Expr z1, Expr z2) {
    return terms(z1, z2).constraint();
  }

  /**
   * The terms of L.
   *
   * @throws IllegalArgumentException as {@link #of}
   */
  public VicRegTerms terms(Expr z1, Expr z2) {
    ViewPair views = ViewPair.requiredOfImages(NAME, z1, z2);
    return ofBatches(views.first(), views.second());
  }

  /** The terms of views {@code [..., n, d]}: the mean over the batches of the leading axes. */
  VicRegTerms ofBatches(Expr z1, Expr z2) {
    return new VicRegTerms(
        invariance(z1, z2),
        variance(z1).plus(variance(z2)).times(convention.variance),
        covariance(z1).plus(covariance(z2)).times(convention.covariance));
  }

  Expr invariance(Expr z1, Expr z2) {
    return z1.minus(z2).squared().mean().times(invarianceWeight);
  }

  Expr variance(Expr z) {
    return VarianceCovarianceTerms.missingDeviation(z).times(varianceWeight);
  }

  Expr covariance(Expr z) {
    return VarianceCovarianceTerms.redundancy(z).times(covarianceWeight);
  }
}
