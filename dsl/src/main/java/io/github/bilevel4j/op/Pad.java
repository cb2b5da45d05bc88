package io.github.bilevel4j.op;

import com.google.common.primitives.ImmutableIntArray;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.shape.Shape;
import java.util.Arrays;
import java.util.List;

/** The operand with a border of a constant; for a border of zeros {@link Slice} is the adjoint. */
public record Pad(ImmutableIntArray before, ImmutableIntArray after, double value) implements Op {
  @Override
  public String label() {
    return "pad";
  }

  @Override
  public Shape shape(List<? extends Operand> operands) {
    Operand operand = operands.get(0);
    OperandChecks.requireOneForEachAxis(label(), operand, before.length());
    OperandChecks.requireOneForEachAxis(label(), operand, after.length());
    long[] dims = Arrays.stream(operand.shape().toArray()).asLongStream().toArray();
    for (int axis = 0; axis < dims.length; axis++) {
      if (before.get(axis) < 0 || after.get(axis) < 0) {
        throw OperandChecks.row(
                UsageError.in(label())
                    .because(
                        "a border is negative, %d and %d of axis %d",
                        before.get(axis), after.get(axis), axis),
                "operand",
                operand)
            .maybe("slice(...), which takes elements away, was meant.");
      }
      dims[axis] += (long) before.get(axis) + after.get(axis);
    }
    return Shape.ofSizes(dims);
  }
}
