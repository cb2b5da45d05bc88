package io.github.bilevel4j.op;

import com.google.common.primitives.ImmutableIntArray;
import io.github.bilevel4j.shape.Shape;
import java.util.List;

/** The operand with a border of a constant; for a border of zeros {@link Slice} is the adjoint. */
public record Pad(ImmutableIntArray before, ImmutableIntArray after, double value) implements Op {
  @Override
  public String label() {
    return "pad";
  }

  @Override
  public Shape shape(List<? extends Operand> operands) {
    int[] dims = operands.get(0).shape().toArray();
    for (int axis = 0; axis < dims.length; axis++) {
      dims[axis] += before.get(axis) + after.get(axis);
    }
    return Shape.of(dims);
  }
}
