package io.github.bilevel4j.losses;

import io.github.bilevel4j.expr.Expr;

/**
 * The two parts of a loss, {@code L = alignment + constraint} (Eq. 1 of arXiv 2410.00772), scalars.
 */
public interface LossTerms {

  /** Draws the views of an image together. */
  Expr alignment();

  /** Keeps the embeddings from collapse. */
  Expr constraint();

  /** The loss, {@code alignment + constraint}. */
  default Expr total() {
    return alignment().plus(constraint());
  }

  /** Two parts as they are. */
  static LossTerms of(Expr alignment, Expr constraint) {
    return new Parts(alignment, constraint);
  }

  /** Two parts as they are. */
  record Parts(Expr alignment, Expr constraint) implements LossTerms {}
}
