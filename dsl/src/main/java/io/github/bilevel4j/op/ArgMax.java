package io.github.bilevel4j.op;

import com.google.common.primitives.Ints;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.shape.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * The position of the first largest element along an axis, which disappears; that of the first that
 * is not a number, if there is any, as in NumPy.
 */
public record ArgMax(int axis) implements Op {
  @Override
  public String label() {
    return "argmax over " + axis;
  }

  @Override
  public Shape shape(List<? extends Operand> operands) {
    Shape shape = operands.get(0).shape();
    OperandChecks.requireAxis("argmax", operands.get(0), axis);
    if (shape.dim(axis) == 0) {
      throw OperandChecks.row(
              UsageError.in("argmax").because("axis %d has no elements", axis),
              "operand",
              operands.get(0))
          .maybe("a selection before it is empty.");
    }
    List<Integer> dims = new ArrayList<>(Ints.asList(shape.toArray()));
    dims.remove(axis);
    return Shape.of(Ints.toArray(dims));
  }

  @Override
  public boolean isDifferentiableIn(int input) {
    return false;
  }
}
