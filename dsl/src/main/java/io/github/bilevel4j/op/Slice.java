package io.github.bilevel4j.op;

import com.google.common.primitives.ImmutableIntArray;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.shape.Shape;
import java.util.List;

/** A box cut out of the operand; {@link Pad} with zeros is its adjoint. */
public record Slice(ImmutableIntArray start, Shape size) implements Op {
  @Override
  public String label() {
    return "slice";
  }

  @Override
  public Shape shape(List<? extends Operand> operands) {
    Operand operand = operands.get(0);
    OperandChecks.requireOneForEachAxis(label(), operand, start.length());
    OperandChecks.requireOneForEachAxis(label(), operand, size.rank());
    for (int axis = 0; axis < operand.shape().rank(); axis++) {
      requireInside(operand, axis, start.get(axis), (long) start.get(axis) + size.dim(axis));
    }
    return size;
  }

  /** Fails unless {@code from} and {@code to} (exclusive) are positions along an axis. */
  public static void requireInside(Operand operand, int axis, long from, long to) {
    int size = operand.shape().dim(axis);
    if (from < 0 || from > size || to < 0 || to > size) {
      throw OperandChecks.row(
              UsageError.in("slice")
                  .because("%d..%d is outside axis %d of size %d", from, to, axis, size),
              "operand",
              operand)
          .maybe("the end was meant to be exclusive.");
    }
  }
}
