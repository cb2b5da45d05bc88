package io.github.bilevel4j.op;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.shape.Shape;
import java.util.List;

/** {@code x^exponent}, element by element, for a fixed exponent. */
public record Power(double exponent) implements Op {
  /**
   * For a finite exponent.
   *
   * @throws IllegalArgumentException if it is none
   */
  public Power {
    if (!Double.isFinite(exponent)) {
      throw UsageError.in("pow").because("the exponent is %s", exponent).error();
    }
  }

  @Override
  public String label() {
    return "pow " + exponent;
  }

  @Override
  public Shape shape(List<? extends Operand> operands) {
    return operands.get(0).shape();
  }
}
