package io.github.bilevel4j.losses.classification;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.Embeddings;
import io.github.bilevel4j.shape.Shape;

/**
 * Class labels as indices {@code [n]} or as distributions over the classes {@code [n, classes]}.
 */
record Labels(Expr given, int classes) {

  static Labels required(String operation, Expr logits, Expr labels) {
    Embeddings.require(operation, "logits", logits);
    Shape shape = labels.shape();
    if (!shape.equals(logits.shape()) && !shape.equals(logits.shape().sub(0, 1))) {
      throw UsageError.in(operation)
          .because("logits and labels do not fit")
          .row("logits", logits.label(), logits.shape().toString())
          .row("labels", labels.label(), shape.toString())
          .maybe(
              "labels should be indices %s or distributions %s.",
              logits.shape().sub(0, 1), logits.shape());
    }
    return new Labels(labels, logits.shape().dim(1));
  }

  Expr distributions() {
    return given.shape().rank() == 1 ? given.oneHot(classes) : given;
  }

  /** By way of distributions, so that indices that name no class are errors. */
  Expr indices() {
    return distributions().argMax(-1);
  }
}
