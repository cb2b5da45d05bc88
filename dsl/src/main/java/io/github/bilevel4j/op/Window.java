package io.github.bilevel4j.op;

import io.github.bilevel4j.check.UsageError;

/**
 * How a window moves over the two spatial axes of an image: its strides, and the zeros put around
 * the image.
 */
public record Window(int strideHeight, int strideWidth, int top, int bottom, int left, int right) {

  /** Equal strides and equal padding on all sides. */
  public static Window of(int stride, int padding) {
    return new Window(stride, stride, padding, padding, padding, padding);
  }

  /** Number of window positions along the height. */
  int outputHeight(int height, int window) {
    return positions(height + top + bottom, window, strideHeight);
  }

  /** Number of window positions along the width. */
  int outputWidth(int width, int window) {
    return positions(width + left + right, window, strideWidth);
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
