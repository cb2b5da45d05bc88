package io.github.bilevel4j.layer;

import com.google.common.primitives.ImmutableIntArray;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Pad;

/** The largest element of each square window; the border around the image is never the largest. */
public record MaxPool(int size, int stride, int padding) implements ParameterFree {
  /** Finite in float32 and bfloat16, and below every activation. */
  private static final double BELOW_ALL = -3e38;

  /**
   * Checks the border.
   *
   * @throws IllegalArgumentException if a window could lie wholly in the border
   */
  public MaxPool {
    if (padding < 0 || 2 * padding > size) {
      throw UsageError.in("max pool")
          .because("the padding %d is not in 0..%d, half the window", padding, size / 2)
          .value("size", size)
          .value("stride", stride)
          .value("padding", padding)
          .maybe("size and padding were exchanged.");
    }
  }

  /** Windows of so many pixels a side that do not overlap, without padding. */
  public static MaxPool size(int size) {
    return new MaxPool(size, size, 0);
  }

  /** With windows so many pixels apart. */
  public MaxPool stride(int newStride) {
    return new MaxPool(size, newStride, padding);
  }

  /** With a border of so many pixels on all sides. */
  public MaxPool padding(int newPadding) {
    return new MaxPool(size, stride, newPadding);
  }

  @Override
  public Expr apply(Expr x) {
    return bordered(x).maxPool(size, stride);
  }

  private Expr bordered(Expr x) {
    if (padding == 0) {
      return x;
    }
    ImmutableIntArray border = ImmutableIntArray.of(0, padding, padding, 0);
    return Expr.of(new Pad(border, border, BELOW_ALL), x);
  }
}
