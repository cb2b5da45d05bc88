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
    for (int axis = 0; axis < operand.shape().rank(); axis++) {
      int from = start.get(axis);
      int to = from + size.dim(axis);
      if (from < 0 || to > operand.shape().dim(axis)) {
        throw OperandChecks.row(
                UsageError.in(label())
                    .because(
                        "%d..%d is outside axis %d of size %d",
                        from, to, axis, operand.shape().dim(axis)),
                "operand",
                operand)
            .maybe("the end was meant to be exclusive.");
      }
    }
    return size;
  }
}
