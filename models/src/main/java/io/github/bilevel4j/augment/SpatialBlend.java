package io.github.bilevel4j.augment;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Shape;

/**
 * {@code other + factor (x - other)}: away from another image or towards it, which is its luminance
 * (color) or a smoothed one (sharpness).
 *
 * @param other the other images, {@code [3, n, height, width]}
 * @param factor of each image, {@code [n, 1, 1]}; 1 changes nothing
 */
record SpatialBlend(Expr other, Expr factor) {
  private static final int CENTER_WEIGHT = 5;
  private static final int WEIGHTS = 13;

  static SpatialBlend of(ChosenOperations chosen, ImageBytes images) {
    Expr isColor = chosen.isApplied(Operation.COLOR).reshape(-1, 1, 1);
    Expr factor = chosen.valueOr(1, Operation.COLOR).times(chosen.valueOr(1, Operation.SHARPNESS));
    return new SpatialBlend(
        isColor.where(images.luminance(), smoothed(images.values())), factor.reshape(-1, 1, 1));
  }

  ImageBytes of(ImageBytes images) {
    return new ImageBytes(ImageBytes.blended(other, images.values(), factor));
  }

  /**
   * The mean of a pixel, with weight 5, and its eight neighbors, with weight 1, rounded; pixels at
   * the border as they are.
   */
  static Expr smoothed(Expr values) {
    Shape shape = values.shape();
    int height = shape.dim(2);
    int width = shape.dim(3);
    if (height < 3 || width < 3) {
      return values;
    }
    Expr rows = ofThree(values, 2, height);
    Expr inner = values.slice(2, 1, height - 1).slice(3, 1, width - 1);
    Expr sum = ofThree(rows, 3, width).plus(inner.times(CENTER_WEIGHT - 1));
    Expr rounded = sum.dividedBy(WEIGHTS).plus(0.5).floor();
    return rounded.minus(inner).padded(2, 1, 1, 0).padded(3, 1, 1, 0).plus(values);
  }

  /** Sums of three neighbors along an axis. */
  private static Expr ofThree(Expr values, int axis, int size) {
    return values
        .slice(axis, 0, size - 2)
        .plus(values.slice(axis, 1, size - 1))
        .plus(values.slice(axis, 2, size));
  }
}
