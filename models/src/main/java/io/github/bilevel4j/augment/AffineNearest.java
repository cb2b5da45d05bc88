package io.github.bilevel4j.augment;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Shape;

/**
 * An affine map of each image's pixels, nearest neighbor: the new pixel with center (x, y) is the
 * old one that (x', y') lies in, zero where there is none,
 *
 * <pre>
 * x' = w/2 + (x - w/2) cos a - (y - h/2) sin a + shearX y + shiftX
 * y' = h/2 + (x - w/2) sin a + (y - h/2) cos a + shearY x + shiftY.
 * </pre>
 *
 * <p>All are {@code [n]}, shifts in pixels, the angle a in radians, counter-clockwise.
 */
record AffineNearest(Expr shearX, Expr shearY, Expr shiftX, Expr shiftY, Expr angle) {

  /** The identity for images whose operation is another one. */
  static AffineNearest of(ChosenOperations chosen, Shape images) {
    return new AffineNearest(
        chosen.signedValueOrZero(Operation.SHEAR_X),
        chosen.signedValueOrZero(Operation.SHEAR_Y),
        chosen.signedValueOrZero(Operation.TRANSLATE_X).times(images.dim(2)),
        chosen.signedValueOrZero(Operation.TRANSLATE_Y).times(images.dim(1)),
        chosen.signedValueOrZero(Operation.ROTATE).times(Math.PI / 180));
  }

  /** {@code [n, height, width, channels]}, as the images. */
  Expr apply(Expr images) {
    Shape shape = images.shape();
    int height = shape.dim(1);
    int width = shape.dim(2);
    Expr x = Expr.range(width).plus(0.5).reshape(1, 1, -1);
    Expr y = Expr.range(height).plus(0.5).reshape(1, -1, 1);
    Expr fromCenterX = x.minus(width / 2.0);
    Expr fromCenterY = y.minus(height / 2.0);
    Expr cos = ofEach(angle.cos());
    Expr sin = ofEach(angle.sin());
    Expr oldX =
        fromCenterX
            .times(cos)
            .minus(fromCenterY.times(sin))
            .plus(y.times(ofEach(shearX)).plus(ofEach(shiftX)))
            .plus(width / 2.0);
    Expr oldY =
        fromCenterX
            .times(sin)
            .plus(fromCenterY.times(cos))
            .plus(x.times(ofEach(shearY)).plus(ofEach(shiftY)))
            .plus(height / 2.0);
    return gathered(images, oldX.floor(), oldY.floor());
  }

  private static Expr ofEach(Expr numbers) {
    return numbers.reshape(-1, 1, 1);
  }

  /** Pixels outside are the row of zeros that is put behind all others. */
  private static Expr gathered(Expr images, Expr column, Expr row) {
    Shape shape = images.shape();
    int pixels = shape.dim(0) * shape.dim(1) * shape.dim(2);
    Expr inside = within(column, shape.dim(2)).times(within(row, shape.dim(1)));
    Expr image = ofEach(Expr.range(shape.dim(0)).times(shape.dim(1) * shape.dim(2)));
    Expr position =
        limited(row, shape.dim(1))
            .times(shape.dim(2))
            .plus(limited(column, shape.dim(2)))
            .plus(image);
    return images
        .reshape(pixels, shape.dim(3))
        .padded(0, 0, 1, 0)
        .gather(inside.where(position, Expr.constant(pixels)));
  }

  private static Expr limited(Expr position, int size) {
    return position.maximum(0).minimum(size - 1);
  }

  private static Expr within(Expr position, int size) {
    return position.atLeast(0).times(position.lessThan(size));
  }
}
