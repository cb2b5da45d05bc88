package io.github.bilevel4j.op;

import io.github.bilevel4j.shape.Shape;
import java.util.List;

/**
 * Running sums along an axis: element i is the sum of the elements at positions up to i, or below i
 * if exclusive; counted from the other end if reversed. The adjoint is the same sum in the other
 * direction.
 */
public record CumulativeSum(int axis, boolean exclusive, boolean reverse) implements Op {
  @Override
  public String label() {
    return "cumulative sum along " + axis;
  }

  /** The sum in the other direction. */
  public CumulativeSum adjoint() {
    return new CumulativeSum(axis, exclusive, !reverse);
  }

  @Override
  public Shape shape(List<? extends Operand> operands) {
    Shape shape = operands.get(0).shape();
    OperandChecks.requireAxis(label(), operands.get(0), axis);
    return shape;
  }
}
