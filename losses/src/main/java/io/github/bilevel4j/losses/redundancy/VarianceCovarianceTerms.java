package io.github.bilevel4j.losses.redundancy;

import io.github.bilevel4j.expr.Expr;

/**
 * How far the features of a batch are from unit variance and from being uncorrelated, with the
 * unbiased covariance. Leading axes of {@code [..., n, d]} are batches; over them the mean is
 * taken.
 */
final class VarianceCovarianceTerms {
  private static final double UNDER_ROOT = 1e-4;

  private VarianceCovarianceTerms() {}

  /** {@code mean_j max(0, 1 - sqrt(variance_j + 1e-4))}. */
  static Expr missingDeviation(Expr z) {
    Expr variance = z.centered(-2).squared().sum(-2).dividedBy(z.shape().dim(-2) - 1);
    return Expr.constant(1).minus(variance.plus(UNDER_ROOT).sqrt()).relu().mean();
  }

  /** {@code 1/d sum_{i != j} covariance_ij^2}. */
  static Expr redundancy(Expr z) {
    Expr covariance = z.centered(-2).columnGram().dividedBy(z.shape().dim(-2) - 1);
    return OffDiagonal.squaredSum(covariance).mean().dividedBy(z.shape().dim(-1));
  }
}
