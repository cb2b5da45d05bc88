package io.github.bilevel4j.op;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.shape.Shape;
import java.util.List;

/**
 * {@code mask != 0 ? left : right}, element by element. All three operands have the same shape; the
 * branch not taken does not contribute to the derivative, whatever its value.
 */
public record Select() implements Op {
  @Override
  public String label() {
    return "select";
  }

  @Override
  public Shape shape(List<? extends Operand> operands) {
    Shape shape = operands.get(0).shape();
    if (!shape.equals(operands.get(1).shape()) || !shape.equals(operands.get(2).shape())) {
      UsageError.Message mistake =
          UsageError.in(label()).because("the shapes of mask and branches do not broadcast");
      OperandChecks.row(mistake, "mask", operands.get(0));
      OperandChecks.row(mistake, "where true", operands.get(1));
      throw OperandChecks.row(mistake, "where false", operands.get(2))
          .maybe("an axis of size 1 is missing: shapes are aligned at their last axis.");
    }
    return shape;
  }

  @Override
  public boolean isDifferentiableIn(int input) {
    return input > 0;
  }
}
