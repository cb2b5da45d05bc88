package io.github.bilevel4j.losses.classification;

import io.github.bilevel4j.expr.Expr;

/**
 * The cross-entropy of a softmax classifier, {@code -1/n sum_i sum_k t_ik log softmax(logits_i)_k},
 * in nats, with {@code 0 log 0 = 0}: a class that is masked by a logit of minus infinity has the
 * probability zero, and costs nothing where it is not the target.
 */
public final class SoftmaxCrossEntropy {
  private SoftmaxCrossEntropy() {}

  /**
   * The loss of logits {@code [n, classes]} as a scalar. Labels are class indices {@code [n]} or
   * target distributions (one-hot, smoothed or mixed) {@code [n, classes]}.
   *
   * @throws IllegalArgumentException if the shapes do not fit, or a constant index names no class;
   *     when it runs, if an index does
   */
  public static Expr of(Expr logits, Expr labels) {
    Expr targets = Labels.required("SoftmaxCrossEntropy", logits, labels).distributions();
    Expr logs = logits.logSoftmax(-1);
    Expr products = targets.times(logs);
    Expr zero = Expr.constant(0);
    Expr impossible =
        targets.equalTo(zero).times(logs.equalTo(Expr.constant(Double.NEGATIVE_INFINITY)));
    // The derivative stays that of the product, also in the targets.
    return impossible.where(zero, products).withGradientOf(products).sum(-1).mean().negated();
  }
}
