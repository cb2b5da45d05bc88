package io.github.bilevel4j.expr;

import io.github.bilevel4j.op.Convolution;
import io.github.bilevel4j.op.Pooling;
import io.github.bilevel4j.op.Window;

/** Convolution and pooling of images in the layout {@code [n, height, width, channels]}. */
public sealed interface Images permits Expr {

  /**
   * The two-dimensional convolution with a filter {@code [height, width, in, out]}, which is not
   * flipped, with equal strides and zero padding on all sides.
   */
  default Expr conv2d(Expr filter, int stride, int padding) {
    return Expr.of(new Convolution.Forward(Window.of(stride, padding)), (Expr) this, filter);
  }

  /** The largest element of each square window, without padding. */
  default Expr maxPool(int size, int stride) {
    return Expr.of(new Pooling.Max(geometry(size, stride)), (Expr) this);
  }

  /** The mean of each square window, without padding. */
  default Expr averagePool(int size, int stride) {
    return Expr.of(new Pooling.Average(geometry(size, stride)), (Expr) this);
  }

  /** The mean over height and width, {@code [n, height, width, channels] -> [n, channels]}. */
  default Expr globalAveragePool() {
    return ((Expr) this).mean(1, 2);
  }

  private static Pooling.Geometry geometry(int size, int stride) {
    return new Pooling.Geometry(size, size, stride, stride);
  }
}
