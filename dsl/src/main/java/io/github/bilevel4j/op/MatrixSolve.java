package io.github.bilevel4j.op;

import io.github.bilevel4j.shape.Shape;
import java.util.List;

/**
 * {@code A^-1 B}, or {@code A^-T B} when transposed, for invertible matrices {@code A} in the last
 * two axes, by LU decomposition with partial pivoting.
 */
public record MatrixSolve(boolean transposed) implements Op {
  @Override
  public String label() {
    return "matrix solve";
  }

  @Override
  public Shape shape(List<? extends Operand> operands) {
    OperandChecks.requireSystem(label(), "matrix", operands.get(0), operands.get(1));
    return operands.get(1).shape();
  }
}
