package io.github.bilevel4j.op;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.shape.Shape;
import java.util.List;

/**
 * {@code (rows, indices) -> table}: a table of zeros with each row added at its position; the
 * adjoint of {@link Gather}.
 */
public record ScatterAdd(int rows) implements Op {
  @Override
  public String label() {
    return "scatter add";
  }

  @Override
  public Shape shape(List<? extends Operand> operands) {
    Operand updates = operands.get(0);
    Operand indices = operands.get(1);
    if (rows < 1 && indices.shape().size() > 0) {
      throw OperandChecks.row(
              UsageError.in(label()).because("a table of %d rows takes no rows", rows),
              "indices",
              indices)
          .maybe("the number of rows of the table was meant, not of the indices.");
    }
    int batch = indices.shape().rank();
    if (updates.shape().rank() < batch || !updates.shape().sub(0, batch).equals(indices.shape())) {
      UsageError.Message mistake =
          UsageError.in(label()).because("there is not one row for each index");
      OperandChecks.row(mistake, "rows", updates);
      throw OperandChecks.row(mistake, "indices", indices)
          .maybe("the rows should begin with the axes of the indices.");
    }
    return Shape.of(rows).concat(updates.shape().sub(batch, updates.shape().rank()));
  }

  @Override
  public boolean isDifferentiableIn(int input) {
    return input == 0;
  }
}
