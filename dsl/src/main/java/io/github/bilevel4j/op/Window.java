package io.github.bilevel4j.op;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.shape.Shape;

/**
 * How a window moves over the two spatial axes of an image: its strides, and the zeros put around
 * the image.
 */
public record Window(int strideHeight, int strideWidth, int top, int bottom, int left, int right) {

  /** Equal strides and equal padding on all sides. */
  public static Window of(int stride, int padding) {
    return new Window(stride, stride, padding, padding, padding, padding);
  }

  /** The shape of an image with the zeros around it. */
  public Shape bordered(Shape image) {
    requireBorders();
    return Shape.ofSizes(
        image.dim(0),
        (long) image.dim(1) + top + bottom,
        (long) image.dim(2) + left + right,
        image.dim(3));
  }

  /** The shape of what windows of a size over an image give in so many channels. */
  Shape output(Shape image, int height, int width, int channels) {
    Shape bordered = bordered(image);
    return Shape.of(
        image.dim(0),
        positions(bordered.dim(1), height, strideHeight),
        positions(bordered.dim(2), width, strideWidth),
        channels);
  }

  private void requireBorders() {
    int least = Math.min(Math.min(top, bottom), Math.min(left, right));
    if (least < 0) {
      throw UsageError.in("window")
          .because("a border is negative, %d", least)
          .maybe("slice(...), which takes elements away, was meant.");
    }
  }

  private static int positions(int padded, int window, int stride) {
    if (stride < 1 || window < 1 || padded < window) {
      throw UsageError.in("window")
          .because("a window of %d with stride %d does not fit into %d", window, stride, padded)
          .maybe("the image is too small for so many strides; use padding or fewer stages.");
    }
    return (padded - window) / stride + 1;
  }
}
