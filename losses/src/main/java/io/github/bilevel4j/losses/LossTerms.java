package io.github.bilevel4j.losses;

import io.github.bilevel4j.expr.Expr;

/**
 * The two parts of a loss, {@code L = alignment + constraint} (Eq. 1 of arXiv 2410.00772), scalars.
 *
 * @param alignment draws the views of an image together
 * @param constraint keeps the embeddings from collapse
 */
public record LossTerms(Expr alignment, Expr constraint) {

  /** The loss, {@code alignment + constraint}. */
  public Expr total() {
    return alignment.plus(constraint);
  }
}
