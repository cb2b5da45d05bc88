package io.github.bilevel4j.losses.contrastive;

import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.CosineSimilarity;
import io.github.bilevel4j.losses.LossTerms;
import io.github.bilevel4j.losses.Operands;
import io.github.bilevel4j.losses.information.KullbackLeibler;

/**
 * ReLIC in the variant of the public program filipbasara0/relic, whose similarities have a learned
 * scale: {@code s_ij = cos(x_i, x'_j) min(exp(log scale), largest scale)} and
 *
 * <pre>
 * L = 1/n sum_i [ -s_ii + log sum_j exp s_ij ] + weight 1/n sum_i KL( p_i || q_i ),
 * p_i = softmax_j s_ji,   q_i = softmax_j s_ij.
 * </pre>
 *
 * <p>The alignment is {@code -1/n sum_i s_ii} and the weighted divergence, the constraint the
 * log-partition. Embeddings {@code x}, {@code x'} of the online and the target network are {@code
 * [n, d]}, rows need not be normalized, and {@code x'} is a constant; the log scale is a scalar
 * variable that starts at 0 or 1. The program also learns a number that it adds to all
 * similarities; it changes neither L nor any gradient, and is left out.
 *
 * <p>Source: Mitrovic, McWilliams, Walker, Buesing, Blundell, "Representation learning via
 * invariant causal mechanisms" (ReLIC), 2021.
 *
 * @param weight what the divergence is multiplied by, not negative
 * @param largestScale the bound of the scale, positive; 5, that is a temperature of 0.2, in the
 *     program
 */
public record LearnedTemperatureRelic(double weight, double largestScale) {
  private static final String NAME = "LearnedTemperatureRelic";

  /**
   * Checks the settings.
   *
   * @throws IllegalArgumentException if the weight is negative or the scale not positive
   */
  public LearnedTemperatureRelic {
    Require.in(NAME).notNegative("weight of the divergence", weight);
    Require.in(NAME).positive("largest scale", largestScale);
  }

  /**
   * The loss with a weight of the divergence, 1 is usual, and the program's largest scale 5.
   *
   * @throws IllegalArgumentException if the weight is negative
   */
  public static LearnedTemperatureRelic weight(double weight) {
    return new LearnedTemperatureRelic(weight, 5);
  }

  /**
   * With another bound of the scale.
   *
   * @throws IllegalArgumentException if it is not positive
   */
  public LearnedTemperatureRelic largestScale(double scale) {
    return new LearnedTemperatureRelic(weight, scale);
  }

  /**
   * The loss L.
   *
   * @throws IllegalArgumentException if the embeddings are not two matrices of the same shape with
   *     two rows or more, or the log scale is not a scalar
   */
  public Expr of(Expr x, Expr target, Expr logScale) {
    return terms(x, target, logScale).total();
  }

  /**
   * The two parts of L.
   *
   * @throws IllegalArgumentException as {@link #of}
   */
  public LossTerms terms(Expr x, Expr target, Expr logScale) {
    return LossTerms.of(alignment(x, target, logScale), constraint(x, target, logScale));
  }

  /**
   * The part of L that draws the two views of an image together and makes both ways of comparing
   * the views agree.
   *
   * @throws IllegalArgumentException as {@link #of}
   */
  public Expr alignment(Expr x, Expr target, Expr logScale) {
    Expr attraction = similarities(x, target, logScale).diagonal().mean().negated();
    return attraction.plus(divergence(x, target, logScale).times(weight));
  }

  /**
   * The divergence {@code 1/n sum_i KL(p_i || q_i)} without its weight.
   *
   * @throws IllegalArgumentException as {@link #of}
   */
  public Expr divergence(Expr x, Expr target, Expr logScale) {
    Expr s = similarities(x, target, logScale);
    return KullbackLeibler.ofLogs(s.transposed().logSoftmax(-1), s.logSoftmax(-1));
  }

  /**
   * The part of L that draws images apart, {@code 1/n sum_i log sum_j exp s_ij}.
   *
   * @throws IllegalArgumentException as {@link #of}
   */
  public Expr constraint(Expr x, Expr target, Expr logScale) {
    return similarities(x, target, logScale).logSumExp(-1).mean();
  }

  private Expr similarities(Expr x, Expr target, Expr logScale) {
    Operands.of(NAME).and("x", x).and("x'", target).requireOneShape().requireTwoImages();
    Operands.requireScalar(NAME, "the log scale", logScale);
    Expr scale = logScale.exp().minimum(largestScale);
    return CosineSimilarity.ofAllRows(x, target.detached()).times(scale);
  }
}
