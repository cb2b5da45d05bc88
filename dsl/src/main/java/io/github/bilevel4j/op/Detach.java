package io.github.bilevel4j.op;

import io.github.bilevel4j.shape.Shape;
import java.util.List;

/** The operand taken as a constant: nothing is differentiated through it (stop-gradient). */
public record Detach() implements Op {
  @Override
  public String label() {
    return "detach";
  }

  @Override
  public Shape shape(List<? extends Operand> operands) {
    return operands.get(0).shape();
  }

  @Override
  public boolean isDifferentiableIn(int input) {
    return false;
  }
}
