package io.github.bilevel4j.augment;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;

/**
 * Squares that are painted over in a medium color (DeVries and Taylor, 2017): all pixels whose
 * column is in {@code left .. left + side} and whose row in {@code top .. top + side}, both ends
 * included; none if the side is zero. All are {@code [n]}, in pixels, left and top whole numbers.
 */
record CutoutBoxes(Expr left, Expr top, Expr side) {
  private static final Array COLOR = Array.of(Shape.of(3, 1, 1, 1), 125, 123, 114);

  /** Around places uniform in the image, moved inside at the left and the top. */
  static CutoutBoxes drawn(ChosenOperations chosen, Shape images, RandomKey randomness) {
    Expr side = chosen.valueOr(0, Operation.CUTOUT).times(images.dim(2));
    return new CutoutBoxes(
        start(images.dim(2), side, randomness.foldIn("left")),
        start(images.dim(1), side, randomness.foldIn("top")),
        side);
  }

  private static Expr start(int size, Expr side, RandomKey randomness) {
    Expr center = randomness.uniform(side.shape().dim(0)).times(size);
    return center.minus(side.dividedBy(2)).maximum(0).floor();
  }

  ImageBytes painted(ImageBytes images) {
    Shape shape = images.values().shape();
    Expr rows = within(Expr.range(shape.dim(2)), top).unsqueezed(2);
    Expr columns = within(Expr.range(shape.dim(3)), left).unsqueezed(1);
    Expr painted = rows.times(columns).times(side.greaterThan(0).reshape(-1, 1, 1));
    return new ImageBytes(painted.where(Expr.constant(COLOR), images.values()));
  }

  /** {@code [n, size]}. */
  private Expr within(Expr positions, Expr start) {
    Expr fromStart = positions.minus(start.reshape(-1, 1));
    return fromStart.atLeast(0).times(side.reshape(-1, 1).atLeast(fromStart));
  }
}
