package io.github.bilevel4j.op;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.shape.Shape;
import java.util.List;

/**
 * {@code (value, function) -> value}, differentiated as if it were the function. The function is
 * never computed.
 */
public record CustomGradient() implements Op {
  @Override
  public String label() {
    return "custom gradient";
  }

  @Override
  public Shape shape(List<? extends Operand> operands) {
    Operand value = operands.get(0);
    Operand function = operands.get(1);
    if (!value.shape().equals(function.shape())) {
      UsageError.Message mistake =
          UsageError.in(label())
              .because("the shapes differ, %s and %s", value.shape(), function.shape());
      OperandChecks.row(mistake, "value", value);
      throw OperandChecks.row(mistake, "gradient of", function).maybe("a broadcastTo is missing.");
    }
    return value.shape();
  }

  @Override
  public boolean isDifferentiableIn(int input) {
    return input == 1;
  }
}
