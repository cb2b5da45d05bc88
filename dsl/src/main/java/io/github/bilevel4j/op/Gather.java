package io.github.bilevel4j.op;

import io.github.bilevel4j.shape.Shape;
import java.util.List;

/**
 * {@code (table, indices) -> rows}: the rows (axis 0) of a table at given positions. The shape is
 * that of the indices followed by that of a row.
 */
public record Gather() implements Op {
  @Override
  public String label() {
    return "gather";
  }

  @Override
  public Shape shape(List<? extends Operand> operands) {
    Operand table = operands.get(0);
    OperandChecks.requireRank(label(), table, 1);
    return operands.get(1).shape().concat(table.shape().sub(1, table.shape().rank()));
  }

  @Override
  public boolean isDifferentiableIn(int input) {
    return input == 0;
  }
}
