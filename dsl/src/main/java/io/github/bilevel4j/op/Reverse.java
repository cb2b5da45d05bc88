package io.github.bilevel4j.op;

import io.github.bilevel4j.shape.Shape;
import java.util.List;

/** The elements along one axis in opposite order; it is its own adjoint. */
public record Reverse(int axis) implements Op {
  @Override
  public String label() {
    return "reverse along " + axis;
  }

  @Override
  public Shape shape(List<? extends Operand> operands) {
    Shape shape = operands.get(0).shape();
    OperandChecks.requireAxis(label(), operands.get(0), axis);
    return shape;
  }
}
