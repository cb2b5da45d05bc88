package io.github.bilevel4j.losses.distillation;

import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.Embeddings;

/**
 * The Sinkhorn-Knopp algorithm: soft assignments of samples to prototypes that use all prototypes
 * alike. It starts from {@code Q = exp(S / epsilon)} with the scores {@code S [b, k]} and in turn
 * scales the columns of Q to equal sums and its rows to the sum one. Many iterations bring the
 * columns to the sum {@code b / k}; published programs take three.
 *
 * <p>Logarithms are computed, so that no score overflows.
 *
 * <p>Source: Cuturi, "Sinkhorn distances: lightspeed computation of optimal transport", 2013; Caron
 * et al., "Unsupervised learning of visual features by contrasting cluster assignments" (SwAV),
 * 2020.
 *
 * @param epsilon the weight of the assignments' entropy, positive: the smaller, the harder they are
 * @param iterations the number of iterations, positive
 */
public record Sinkhorn(double epsilon, int iterations) {

  /**
   * Checks the settings.
   *
   * @throws IllegalArgumentException if one is not positive
   */
  public Sinkhorn {
    Require.in("Sinkhorn").positive("epsilon", epsilon);
    Require.in("Sinkhorn").atLeast(1, "number of iterations", iterations);
  }

  /**
   * Three iterations with a weight of the entropy; 0.05 is usual.
   *
   * @throws IllegalArgumentException if it is not positive
   */
  public static Sinkhorn epsilon(double epsilon) {
    return new Sinkhorn(epsilon, 3);
  }

  /**
   * With another number of iterations.
   *
   * @throws IllegalArgumentException if it is not positive
   */
  public Sinkhorn iterations(int count) {
    return new Sinkhorn(epsilon, count);
  }

  /**
   * The assignments Q of samples with scores {@code [b, k]}, in the same shape; rows sum to one.
   *
   * @throws IllegalArgumentException if the scores are not a matrix
   */
  public Expr of(Expr scores) {
    Embeddings.require("Sinkhorn", "scores", scores);
    Expr logQ = scores.dividedBy(epsilon);
    for (int i = 0; i < iterations; i++) {
      logQ = logQ.logSoftmax(0).logSoftmax(1);
    }
    return logQ.exp();
  }
}
