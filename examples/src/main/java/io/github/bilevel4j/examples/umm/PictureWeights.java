package io.github.bilevel4j.examples.umm;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.Random;

/**
 * A positive weight of each picture, {@code exp(a_i)}; in a batch they are divided by their sum, so
 * that steps are as long as those of ordinary training.
 *
 * @param logs the variable a, {@code [pictures]}
 */
public record PictureWeights(Expr logs) {
  private static final String NAME = "picture weights";

  /** Weights whose logarithms are drawn with a deviation; with zero all pictures count alike. */
  public static PictureWeights drawn(int pictures, double deviation, long seed) {
    Random random = new Random(seed);
    return new PictureWeights(
        Expr.variable(
            NAME, Array.fill(Shape.of(pictures), i -> deviation * random.nextGaussian())));
  }

  /** What is learned. */
  Variables variables() {
    return Variables.of(logs);
  }

  /**
   * {@code sum_i p_i L_i} over a batch, {@code p = softmax(a)} of its pictures.
   *
   * @param losses {@code [n]}
   * @param indices of the batch's pictures, {@code [n]}
   */
  Expr mean(Expr losses, Expr indices) {
    Expr a = logs.gather(indices);
    return a.minus(a.logSumExp(-1)).exp().times(losses).sum();
  }

  /**
   * The smallest and the largest, relative to the mean, and how many pictures of equal weights
   * would count as much, {@code (sum w)^2 / sum w^2}.
   */
  ImmutableMap<String, Expr> values() {
    Expr weights = logs.exp();
    Expr relative = weights.dividedBy(weights.mean());
    return ImmutableMap.of(
        NAME + ", smallest", relative.min(),
        NAME + ", largest", relative.max(),
        NAME + ", pictures that count", weights.sum().squared().dividedBy(weights.squared().sum()));
  }
}
