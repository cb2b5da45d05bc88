package io.github.bilevel4j.op;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.shape.Shape;
import java.util.List;

/** The same elements in row-major order under another shape. */
public record Reshape(Shape target) implements Op {
  @Override
  public String label() {
    return "reshape";
  }

  @Override
  public Shape shape(List<? extends Operand> operands) {
    Operand operand = operands.get(0);
    if (operand.shape().size() != target.size()) {
      throw OperandChecks.row(
              UsageError.in(label())
                  .because("%d elements do not fill %s", operand.shape().size(), target),
              "operand",
              operand)
          .maybe("the target should have %d elements.", operand.shape().size());
    }
    return target;
  }
}
