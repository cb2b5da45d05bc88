package io.github.bilevel4j.augment;

import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.shape.Shape;
import java.util.function.Function;

/**
 * A box of random area, aspect ratio and place, cut out of each image and resampled to a square
 * (Szegedy et al. 2015, with the draws of torchvision). The area is uniform between shares of the
 * image's, the aspect ratio log-uniform. Linear in the images, but for the clipping of the bicubic
 * kernel's overshoots.
 */
public record RandomResizedCrop(
    int size,
    double minScale,
    double maxScale,
    double minRatio,
    double maxRatio,
    Interpolation interpolation)
    implements Augmentation {

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if one is not positive or its ends are exchanged, or if the
   *     scale goes beyond 1 or the size is less than 1
   */
  public RandomResizedCrop {
    Require.in("random resized crop").interval("scales", minScale, maxScale);
    Require.in("random resized crop").interval("ratios", minRatio, maxRatio);
    if (maxScale > 1 || size < 1) {
      throw UsageError.in("random resized crop")
          .because(size < 1 ? "the size is not positive" : "a box is larger than the image")
          .value("size", size)
          .value("scale", minScale + " to " + maxScale)
          .maybe("size is in pixels and scale a share of the image's area.");
    }
  }

  /**
   * To images of so many pixels a side, with area 0.08 to 1 of the image's, aspect ratio 3/4 to 4/3
   * and bilinear interpolation.
   */
  public static RandomResizedCrop size(int size) {
    return new RandomResizedCrop(size, 0.08, 1, 3.0 / 4, 4.0 / 3, Interpolation.BILINEAR);
  }

  /** With boxes that have between these shares of the image's area. */
  public RandomResizedCrop scale(double min, double max) {
    return new RandomResizedCrop(size, min, max, minRatio, maxRatio, interpolation);
  }

  /** With boxes that have between these ratios of width to height. */
  public RandomResizedCrop ratio(double min, double max) {
    return new RandomResizedCrop(size, minScale, maxScale, min, max, interpolation);
  }

  /** With bicubic interpolation. */
  public RandomResizedCrop bicubic() {
    return new RandomResizedCrop(
        size, minScale, maxScale, minRatio, maxRatio, Interpolation.BICUBIC);
  }

  @Override
  public Augmentation withCrops(Function<RandomResizedCrop, Expr> crops) {
    Expr cut = crops.apply(this);
    return (images, randomness) -> cut;
  }

  @Override
  public Expr apply(Expr images, RandomKey randomness) {
    ImageShapes.require("random resized crop", images);
    Shape shape = images.shape();
    return resampled(
        images, CropBoxes.drawn(this, shape.dim(0), shape.dim(1), shape.dim(2), randomness));
  }

  /** The given boxes, resampled. */
  Expr resampled(Expr images, CropBoxes boxes) {
    Shape shape = images.shape();
    Expr rows = interpolation.matrices(boxes.top(), boxes.height(), size, shape.dim(1));
    Expr columns = interpolation.matrices(boxes.left(), boxes.width(), size, shape.dim(2));
    Expr resampled = new SeparableFilter(rows, columns).apply(images);
    return interpolation == Interpolation.BICUBIC ? resampled.maximum(0).minimum(1) : resampled;
  }
}
