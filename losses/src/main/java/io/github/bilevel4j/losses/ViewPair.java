package io.github.bilevel4j.losses;

import io.github.bilevel4j.expr.Expr;

/**
 * Embeddings of two views of the same n images, each {@code [n, d]}: row i of both is image i.
 *
 * @param first the embeddings of the first view, {@code z1}
 * @param second the embeddings of the second view, {@code z2}
 */
public record ViewPair(Expr first, Expr second) {

  /**
   * The views that an operation was called with.
   *
   * @throws IllegalArgumentException on behalf of the operation, if they are not two matrices of
   *     the same shape
   */
  public static ViewPair required(String operation, Expr z1, Expr z2) {
    Operands.of(operation).and("z1", z1).and("z2", z2).requireOneShape();
    return new ViewPair(z1, z2);
  }

  /**
   * The views that an operation which tells images apart was called with.
   *
   * @throws IllegalArgumentException as {@link #required}, or if there are fewer than two images
   */
  public static ViewPair requiredOfImages(String operation, Expr z1, Expr z2) {
    ViewPair views = required(operation, z1, z2);
    Operands.of(operation).and("z1", z1).and("z2", z2).requireTwoImages();
    return views;
  }

  /** The number n of images. */
  public int images() {
    return first.shape().dim(0);
  }

  /** The rows scaled to length one. */
  public ViewPair normalized() {
    return new ViewPair(first.normalized(-1), second.normalized(-1));
  }

  /** All samples, {@code [2n, d]}: sample i and sample n + i are the views of image i. */
  public Expr stacked() {
    return Expr.concat(0, first, second);
  }
}
