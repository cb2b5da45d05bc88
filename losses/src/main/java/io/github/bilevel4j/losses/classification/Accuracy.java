package io.github.bilevel4j.losses.classification;

import io.github.bilevel4j.expr.Expr;

/** The fraction of samples whose largest logit is at their label, in [0, 1]. */
public final class Accuracy {
  private Accuracy() {}

  /**
   * The accuracy of logits {@code [n, classes]} as a scalar; of equal logits the first counts.
   * Labels are class indices {@code [n]} or one-hot rows {@code [n, classes]}.
   *
   * @throws IllegalArgumentException if the shapes do not fit, or a constant index names no class;
   *     when it runs, if an index does
   */
  public static Expr of(Expr logits, Expr labels) {
    Expr indices = Labels.required("Accuracy", logits, labels).indices();
    return logits.argMax(-1).equalTo(indices).mean();
  }
}
