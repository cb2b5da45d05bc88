package io.github.bilevel4j.op;

import io.github.bilevel4j.shape.Shape;
import java.util.List;

/**
 * {@code L^-1 B}, or {@code L^-T B} when transposed, for lower triangular {@code L}; the elements
 * above its diagonal are not read.
 */
public record TriangularSolve(boolean transposed) implements Op {
  @Override
  public String label() {
    return "triangular solve";
  }

  @Override
  public Shape shape(List<? extends Operand> operands) {
    OperandChecks.requireSystem(label(), "factor", operands.get(0), operands.get(1));
    return operands.get(1).shape();
  }
}
