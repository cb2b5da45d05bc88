package io.github.bilevel4j.op;

import com.google.common.primitives.Ints;
import io.github.bilevel4j.shape.Shape;
import java.util.ArrayList;
import java.util.List;

/** The position of the first largest element along an axis, which disappears. */
public record ArgMax(int axis) implements Op {
  @Override
  public String label() {
    return "argmax over " + axis;
  }

  @Override
  public Shape shape(List<? extends Operand> operands) {
    List<Integer> dims = new ArrayList<>(Ints.asList(operands.get(0).shape().toArray()));
    dims.remove(axis);
    return Shape.of(Ints.toArray(dims));
  }

  @Override
  public boolean isDifferentiableIn(int input) {
    return false;
  }
}
