package io.github.bilevel4j.op;

import io.github.bilevel4j.shape.Shape;
import java.util.List;

/**
 * The sum of the operand's values on all replicas, the same on each ({@code psum} in JAX). With one
 * replica it is the operand.
 *
 * @param replicas their number, that of the engine
 */
public record AllSum(int replicas) implements Op {
  @Override
  public String label() {
    return "all sum";
  }

  @Override
  public Shape shape(List<? extends Operand> operands) {
    return operands.get(0).shape();
  }
}
