package io.github.bilevel4j.augment;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;

/**
 * A random resized crop, mirrored with a probability, that tells where it was cut: for methods that
 * compare places in images.
 */
public record LocatedCrop(RandomResizedCrop crop, HorizontalFlip flip) {

  /**
   * What was cut out.
   *
   * @param images the crops, {@code [n, size, size, channels]}
   * @param boxes their top, left, height and width in pixels, {@code [n, 4]}
   * @param mirrored 1 where a crop is mirrored left to right, else 0, {@code [n]}
   */
  public record Located(Expr images, Expr boxes, Expr mirrored) {

    /** Images that were not cropped. */
    public static Located whole(Expr images) {
      int n = images.shape().dim(0);
      Array box = Array.vector(0, 0, images.shape().dim(1), images.shape().dim(2));
      return new Located(
          images,
          Expr.constant(box).unsqueezed(0).broadcastTo(Shape.of(n, 4)),
          Expr.filled(0, Shape.of(n)));
    }
  }

  /** A crop of each image. */
  public Located of(Expr images, RandomKey randomness) {
    ImageShapes.require("located crop", images);
    Shape shape = images.shape();
    CropBoxes boxes =
        CropBoxes.drawn(crop, shape.dim(0), shape.dim(1), shape.dim(2), randomness.foldIn("box"));
    Expr mirrored = randomness.foldIn("flip").bernoulli(flip.probability(), shape.dim(0));
    Expr cut = crop.resampled(images, boxes);
    return new Located(
        mirrored.reshape(-1, 1, 1, 1).where(cut.reversed(2), cut),
        Expr.stack(boxes.top(), boxes.left(), boxes.height(), boxes.width()).transposed(),
        mirrored);
  }
}
