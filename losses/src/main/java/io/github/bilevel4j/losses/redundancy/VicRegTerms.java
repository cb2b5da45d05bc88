package io.github.bilevel4j.losses.redundancy;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.LossTerms;

/**
 * The three terms of VICReg with their weights, each a scalar.
 *
 * @param invariance how far apart the views of an image are
 * @param variance how far features are from unit variance
 * @param covariance how far features are from being uncorrelated
 */
public record VicRegTerms(Expr invariance, Expr variance, Expr covariance) implements LossTerms {

  /** Term by term. */
  public VicRegTerms plus(VicRegTerms other) {
    return new VicRegTerms(
        invariance.plus(other.invariance),
        variance.plus(other.variance),
        covariance.plus(other.covariance));
  }

  /** Each term times a number. */
  public VicRegTerms times(double factor) {
    return new VicRegTerms(
        invariance.times(factor), variance.times(factor), covariance.times(factor));
  }

  @Override
  public Expr alignment() {
    return invariance;
  }

  /** Variance and covariance. */
  @Override
  public Expr constraint() {
    return variance.plus(covariance);
  }
}
