package io.github.bilevel4j.op;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import java.util.Locale;

/**
 * Independent random numbers that are a pure function of a seed and a counter (the only input, a
 * scalar): the same counter draws the same numbers, the next one fresh ones.
 */
public record Random(Distribution distribution, Shape target, long seed) implements Op {

  /** Where the numbers are drawn from. */
  public enum Distribution {
    /** Uniform on [0, 1). */
    UNIFORM,
    /** Normal with mean 0 and variance 1. */
    NORMAL
  }

  @Override
  public String label() {
    return "random " + distribution.name().toLowerCase(Locale.ROOT);
  }

  @Override
  public Shape shape(List<? extends Operand> operands) {
    if (!operands.get(0).shape().isScalar()) {
      throw OperandChecks.row(
              UsageError.in(label()).because("the counter is not a scalar"),
              "counter",
              operands.get(0))
          .maybe("the step counter was meant.");
    }
    return target;
  }

  @Override
  public boolean isDifferentiableIn(int input) {
    return false;
  }
}
