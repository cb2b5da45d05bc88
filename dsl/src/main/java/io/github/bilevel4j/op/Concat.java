package io.github.bilevel4j.op;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.shape.Shape;
import java.util.List;

/** Operands one after another along an axis. */
public record Concat(int axis) implements Op {
  @Override
  public String label() {
    return "concat along " + axis;
  }

  @Override
  public Shape shape(List<? extends Operand> operands) {
    OperandChecks.requireAxis("concat", operands.get(0), axis);
    Shape first = operands.get(0).shape();
    long total = 0;
    for (Operand operand : operands) {
      Shape shape = operand.shape();
      if (shape.rank() != first.rank() || !shape.withDim(axis, 1).equals(first.withDim(axis, 1))) {
        UsageError.Message mistake =
            UsageError.in("concat").because("shapes differ outside axis %d", axis);
        OperandChecks.row(mistake, "first", operands.get(0));
        throw OperandChecks.row(mistake, "other", operand)
            .maybe("another axis was meant, or one operand is transposed.");
      }
      total += shape.dim(axis);
    }
    return first.withDim(axis, total);
  }
}
