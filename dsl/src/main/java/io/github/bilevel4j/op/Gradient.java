package io.github.bilevel4j.op;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.shape.Shape;
import java.util.List;

/**
 * {@code (scalar, point) -> d scalar / d point}, where the point is any expression on which the
 * scalar depends. It stands for the derivative until the expression is differentiated or compiled;
 * then it is expanded, so gradients nest to any order.
 */
public record Gradient() implements Op {
  @Override
  public String label() {
    return "gradient";
  }

  @Override
  public Shape shape(List<? extends Operand> operands) {
    if (!operands.get(0).shape().isScalar()) {
      throw OperandChecks.row(
              UsageError.in(label()).because("the function is not a scalar"),
              "function",
              operands.get(0))
          .maybe("a sum() or mean() is missing.");
    }
    return operands.get(1).shape();
  }
}
