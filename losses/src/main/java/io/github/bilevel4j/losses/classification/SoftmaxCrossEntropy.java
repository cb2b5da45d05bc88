package io.github.bilevel4j.losses.classification;

import io.github.bilevel4j.expr.Expr;

/**
 * The cross-entropy of a softmax classifier, {@code -1/n sum_i sum_k t_ik log softmax(logits_i)_k},
 * in nats.
 */
public final class SoftmaxCrossEntropy {
  private SoftmaxCrossEntropy() {}

  /**
   * The loss of logits {@code [n, classes]} as a scalar. Labels are class indices {@code [n]} or
   * target distributions (one-hot, smoothed or mixed) {@code [n, classes]}.
   *
   * @throws IllegalArgumentException if the shapes do not fit
   */
  public static Expr of(Expr logits, Expr labels) {
    Expr targets = Labels.required("SoftmaxCrossEntropy", logits, labels).distributions();
    return targets.times(logits.logSoftmax(-1)).sum(-1).mean().negated();
  }
}
