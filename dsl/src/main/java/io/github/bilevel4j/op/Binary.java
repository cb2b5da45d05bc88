package io.github.bilevel4j.op;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import java.util.Locale;

/** Functions of two real numbers, element by element, with broadcasting. */
public enum Binary implements Op {
  /** {@code x + y}. */
  ADD,
  /** {@code x - y}. */
  SUBTRACT,
  /** {@code x y}. */
  MULTIPLY,
  /** {@code x / y}. */
  DIVIDE,
  /**
   * The larger one, not a number if one is none. Equal operands share the derivative in halves, as
   * in {@link Reduction.Kind#MAX}; an operand that equals a constant has the derivative zero, as
   * {@link Unary#RELU} has.
   */
  MAXIMUM,
  /** The smaller one; at equality as {@link #MAXIMUM}. */
  MINIMUM,
  /** 1 where left is greater than right, else 0. */
  GREATER,
  /** 1 where left is greater than or equal to right, else 0. */
  GREATER_OR_EQUAL,
  /** 1 where both are equal, else 0. */
  EQUAL;

  @Override
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  /** True for the comparisons, whose value is 0 or 1. */
  public boolean isComparison() {
    return this == GREATER || this == GREATER_OR_EQUAL || this == EQUAL;
  }

  @Override
  public Shape shape(List<? extends Operand> operands) {
    Operand left = operands.get(0);
    Operand right = operands.get(1);
    return left.shape()
        .broadcastWith(right.shape())
        .orElseThrow(
            () ->
                OperandChecks.row(
                        OperandChecks.row(
                            UsageError.in(label())
                                .because(
                                    "shapes %s and %s do not broadcast",
                                    left.shape(), right.shape()),
                            "left",
                            left),
                        "right",
                        right)
                    .maybe("an axis of size 1 is missing: shapes are aligned at their last axis."));
  }

  @Override
  public boolean isDifferentiableIn(int input) {
    return !isComparison();
  }
}
