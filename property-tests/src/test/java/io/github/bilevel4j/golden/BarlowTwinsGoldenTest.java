package io.github.bilevel4j.golden;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.redundancy.BarlowTwinsLoss;

/** Barlow Twins, its parts and its gradients. */
class BarlowTwinsGoldenTest implements PairGolden {
  @Override
  public String file() {
    return "barlow_twins";
  }

  @Override
  public Expr loss(GoldenCase golden, Expr z1, Expr z2, Computed computed) {
    BarlowTwinsLoss barlowTwins = BarlowTwinsLoss.weight(golden.number("lambda"));
    golden.requires("bn_eps", 1e-5);
    computed
        .put("extras/umm_repo_value", published(z1, z2))
        .put("extras/alignment", barlowTwins.alignment(z1, z2))
        .put("extras/constraint", barlowTwins.constraint(z1, z2))
        .put("extras/cross_correlation", BarlowTwinsLoss.crossCorrelation(z1, z2));
    return barlowTwins.of(z1, z2);
  }

  /**
   * What the published program of UMM computes: features divided by the square root of their
   * unbiased variance, and the weight 1/d.
   */
  private static Expr published(Expr z1, Expr z2) {
    int d = z1.shape().dim(1);
    Expr one = Expr.identity(d);
    Expr weights = one.times(1 - 1.0 / d).plus(1.0 / d);
    Expr correlation = unbiased(z1).transposed().matmul(unbiased(z2)).dividedBy(z1.shape().dim(0));
    return correlation.minus(one).squared().times(weights).sum();
  }

  private static Expr unbiased(Expr z) {
    Expr centered = z.minus(z.mean(0));
    return centered.dividedBy(centered.squared().sum(0).dividedBy(z.shape().dim(0) - 1).sqrt());
  }
}
