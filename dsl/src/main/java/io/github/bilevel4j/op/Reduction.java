package io.github.bilevel4j.op;

import com.google.common.collect.ImmutableSortedSet;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import java.util.Locale;

/** A reduction over some axes, which stay with size one. */
public record Reduction(Kind kind, ImmutableSortedSet<Integer> axes) implements Op {

  /** What the elements are reduced to. */
  public enum Kind {
    /** The sum. */
    SUM,
    /**
     * The largest, of no elements minus infinity, not a number if one is none. The derivative is
     * shared equally among equal ones.
     */
    MAX
  }

  @Override
  public String label() {
    return kind.name().toLowerCase(Locale.ROOT) + " over " + axes;
  }

  @Override
  public Shape shape(List<? extends Operand> operands) {
    Shape shape = operands.get(0).shape();
    for (int axis : axes) {
      OperandChecks.requireAxis(label(), operands.get(0), axis);
      shape = shape.withDim(axis, 1);
    }
    return shape;
  }
}
