package io.github.bilevel4j.ssl;

import io.github.bilevel4j.expr.Expr;

/**
 * A batch of images, or a replica's part of one.
 *
 * @param images {@code [n, height, width, 3]}, values in [0, 1]
 * @param indices their positions in the data set, all different, {@code [n]}
 */
public record ImageBatch(Expr images, Expr indices) {

  /** Images that are a data set of their own. */
  public static ImageBatch of(Expr images) {
    return new ImageBatch(images, Expr.range(images.shape().dim(0)));
  }
}
