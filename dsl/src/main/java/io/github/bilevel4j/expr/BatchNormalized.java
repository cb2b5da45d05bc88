package io.github.bilevel4j.expr;

import io.github.bilevel4j.op.BatchNormalization.Forward;

/**
 * A batch normalized with its own statistics, {@code output = (x - mean) / sqrt(variance + epsilon)
 * scale + offset} for each channel, the last axis of x (Ioffe and Szegedy 2015).
 *
 * @param output in the shape of x
 * @param mean the mean of each channel over all other axes
 * @param variance their variance, with divisor n (biased)
 */
public record BatchNormalized(Expr output, Expr mean, Expr variance) {

  /**
   * Normalizes {@code x [..., channels]}; all three results take one pass over it.
   *
   * @throws IllegalArgumentException if x has no rows, scale or offset is not {@code [channels]},
   *     or epsilon is not positive
   */
  public static BatchNormalized of(Expr x, Expr scale, Expr offset, double epsilon) {
    Forward output = new Forward(epsilon, Forward.Result.OUTPUT);
    return new BatchNormalized(
        Expr.of(output, x, scale, offset),
        Expr.of(output.with(Forward.Result.MEAN), x, scale, offset),
        Expr.of(output.with(Forward.Result.VARIANCE), x, scale, offset));
  }
}
