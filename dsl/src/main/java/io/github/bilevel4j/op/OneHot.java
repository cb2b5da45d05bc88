package io.github.bilevel4j.op;

import io.github.bilevel4j.shape.Shape;
import java.util.List;

/** Indices to rows that are 1 at the index and 0 elsewhere, along a new last axis. */
public record OneHot(int depth) implements Op {
  /** How far an index may be from a whole number. */
  public static final double ROUNDING = 0.1;

  @Override
  public String label() {
    return "one-hot";
  }

  @Override
  public Shape shape(List<? extends Operand> operands) {
    return operands.get(0).shape().concat(Shape.of(depth));
  }

  @Override
  public boolean isDifferentiableIn(int input) {
    return false;
  }
}
