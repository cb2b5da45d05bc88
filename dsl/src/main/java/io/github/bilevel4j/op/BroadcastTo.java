package io.github.bilevel4j.op;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import java.util.Optional;

/** The operand repeated along axes that it lacks or where its size is one. */
public record BroadcastTo(Shape target) implements Op {
  @Override
  public String label() {
    return "broadcast";
  }

  @Override
  public Shape shape(List<? extends Operand> operands) {
    Operand operand = operands.get(0);
    if (!operand.shape().broadcastWith(target).equals(Optional.of(target))) {
      throw OperandChecks.row(
              UsageError.in(label()).because("%s does not stretch to %s", operand.shape(), target),
              "operand",
              operand)
          .maybe("an axis of size 1 is missing: shapes are aligned at their last axis.");
    }
    return target;
  }
}
