package io.github.bilevel4j.op;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.shape.Shape;
import java.util.List;

/**
 * Elements in the order of keys along the last axis, with its adjoint: a family closed under
 * differentiation. Equal keys keep the order of their positions, and a key that is not a number
 * counts as larger than every number. The order is a constant: nothing is differentiable in keys.
 */
public sealed interface Sort extends Op {

  /** Whether the largest key comes first. */
  boolean descending();

  @Override
  default boolean isDifferentiableIn(int input) {
    return input == 1;
  }

  /**
   * {@code (keys, values) -> first}: of the values in the order of their keys the first {@code
   * count} along the last axis. With the keys themselves as values they are sorted; with positions
   * as values these are the positions in sorted order.
   */
  record Gather(boolean descending, int count) implements Sort {
    @Override
    public String label() {
      return "sort";
    }

    @Override
    public Shape shape(List<? extends Operand> operands) {
      Operand keys = operands.get(0);
      Operand values = operands.get(1);
      OperandChecks.requireRank(label(), keys, 1);
      if (!keys.shape().equals(values.shape())) {
        throw rows(UsageError.in(label()).because("keys and values differ in shape"), keys, values)
            .maybe("a broadcastTo is missing.");
      }
      int size = keys.shape().dim(-1);
      if (count < 0 || count > size) {
        throw rows(
                UsageError.in(label())
                    .because("there are no %d first ones of %d elements", count, size),
                keys,
                values)
            .maybe("another axis was meant.");
      }
      return keys.shape().withDim(-1, count);
    }

    private static UsageError.Message rows(
        UsageError.Message mistake, Operand keys, Operand values) {
      return OperandChecks.row(OperandChecks.row(mistake, "keys", keys), "values", values);
    }
  }

  /**
   * The adjoint of {@link Gather}: {@code (keys, first) -> values}, each element put back where its
   * key stands, zeros elsewhere.
   */
  record Scatter(boolean descending) implements Sort {
    @Override
    public String label() {
      return "unsort";
    }

    @Override
    public Shape shape(List<? extends Operand> operands) {
      Shape keys = operands.get(0).shape();
      Operand first = operands.get(1);
      OperandChecks.requireRank(label(), operands.get(0), 1);
      OperandChecks.requireRank(label(), first, 1);
      int count = Math.min(first.shape().dim(-1), keys.dim(-1));
      OperandChecks.requireShape(label(), first, keys.withDim(-1, count));
      return keys;
    }
  }
}
