package io.github.bilevel4j.losses.kernel;

import io.github.bilevel4j.expr.Expr;

/** With two independent draws of random features in place of the kernel. */
record RandomFeatureHsic(InverseMultiquadric kernel, RandomFeatures first, RandomFeatures second)
    implements Hsic {

  /** {@code sum_i |sum_p phi(x_i^p)|^2 / (n k (k - 1)) - |mean phi|^2}. */
  @Override
  public Expr withImages(Expr samples) {
    int k = samples.shape().dim(0);
    int n = samples.shape().dim(1);
    Expr features = features(first, samples);
    return features
        .sum(0)
        .squared()
        .sum()
        .dividedBy((double) n * k * (k - 1))
        .minus(features.mean(0, 1).squared().sum());
  }

  /** {@code |Phi1^T Phi2|^2 / N^2} of the features of both draws, centered. */
  @Override
  public Expr withSelf(Expr samples) {
    return centered(first, samples)
        .transposedMatmul(centered(second, samples))
        .dividedBy((double) samples.shape().dim(0) * samples.shape().dim(1))
        .squared()
        .sum();
  }

  private Expr centered(RandomFeatures draw, Expr samples) {
    return features(draw, samples).reshape(-1, draw.count()).centered(0);
  }

  private Expr features(RandomFeatures draw, Expr samples) {
    return draw.of(samples.dividedBy(kernel.scale()));
  }
}
