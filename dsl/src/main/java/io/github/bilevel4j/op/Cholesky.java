package io.github.bilevel4j.op;

import io.github.bilevel4j.shape.Shape;
import java.util.List;

/**
 * The lower triangular {@code L} with {@code L L^T = A} for symmetric positive definite matrices
 * {@code A} in the last two axes. Its derivative is that of the symmetric part of A.
 */
public record Cholesky() implements Op {
  @Override
  public String label() {
    return "cholesky";
  }

  @Override
  public Shape shape(List<? extends Operand> operands) {
    OperandChecks.requireSquare(label(), operands.get(0));
    return operands.get(0).shape();
  }
}
