package io.github.bilevel4j.losses;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Mistake;

/**
 * Embeddings of two views of the same n images, each {@code [n, d]}: row i of both is image i.
 *
 * @param first the embeddings of the first view, {@code z1}
 * @param second the embeddings of the second view, {@code z2}
 */
public record Views(Expr first, Expr second) {

  /**
   * The views that an operation was called with.
   *
   * @throws IllegalArgumentException on behalf of the operation, if they are not two matrices of
   *     the same shape
   */
  public static Views required(String operation, Expr z1, Expr z2) {
    Embeddings.require(operation, "z1", z1);
    Embeddings.require(operation, "z2", z2);
    if (!z1.shape().equals(z2.shape())) {
      throw Mistake.in(operation)
          .because("the two views differ in shape")
          .row("z1", z1.label(), z1.shape().toString())
          .row("z2", z2.label(), z2.shape().toString())
          .maybe("they come from different encoders or different batches.");
    }
    return new Views(z1, z2);
  }

  /** The number n of images. */
  public int images() {
    return first.shape().dim(0);
  }

  /** The rows scaled to length one. */
  public Views normalized() {
    return new Views(first.normalized(-1), second.normalized(-1));
  }

  /** All samples, {@code [2n, d]}: sample i and sample n + i are the views of image i. */
  public Expr stacked() {
    return Expr.concat(0, first, second);
  }
}
