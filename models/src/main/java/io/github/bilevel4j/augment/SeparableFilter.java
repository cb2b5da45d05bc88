package io.github.bilevel4j.augment;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Shape;

/**
 * {@code y = R x C^T} for each image and channel, with matrices {@code R [n, height', height]} and
 * {@code C [n, width', width]} for each image.
 */
record SeparableFilter(Expr rows, Expr columns) {

  /** {@code [n, height, width, channels] -> [n, height', width', channels]}. */
  Expr apply(Expr images) {
    Expr filteredRows = alongFirst(rows, images);
    Expr exchanged = filteredRows.permuted(0, 2, 1, 3);
    return alongFirst(columns, exchanged).permuted(0, 2, 1, 3);
  }

  private static Expr alongFirst(Expr matrices, Expr images) {
    Shape shape = images.shape();
    Expr flat = images.reshape(shape.dim(0), shape.dim(1), shape.dim(2) * shape.dim(3));
    return matrices.matmul(flat).reshape(shape.withDim(1, matrices.shape().dim(1)));
  }
}
