package io.github.bilevel4j.layer;

import io.github.bilevel4j.expr.Expr;

/** The mean of each square window, without padding. */
public record AveragePool(int size, int stride) implements ParameterFree {

  /** Windows of so many pixels a side that do not overlap. */
  public static AveragePool size(int size) {
    return new AveragePool(size, size);
  }

  /** With windows so many pixels apart. */
  public AveragePool stride(int newStride) {
    return new AveragePool(size, newStride);
  }

  @Override
  public Expr apply(Expr x) {
    return x.averagePool(size, stride);
  }
}
