package io.github.bilevel4j.op;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.shape.Shape;
import java.util.List;

/**
 * {@code predicate != 0 ? whenTrue : whenFalse} for a scalar predicate and two branches of one
 * shape. Of what only one branch uses, only that of the chosen one is computed.
 */
public record Cond() implements Op {
  @Override
  public String label() {
    return "cond";
  }

  @Override
  public Shape shape(List<? extends Operand> operands) {
    Operand predicate = operands.get(0);
    Operand whenTrue = operands.get(1);
    Operand whenFalse = operands.get(2);
    if (!predicate.shape().isScalar()) {
      throw OperandChecks.row(
              UsageError.in(label()).because("the predicate is not a scalar"),
              "predicate",
              predicate)
          .maybe("where(...), which chooses for each element, was meant.");
    }
    if (!whenTrue.shape().equals(whenFalse.shape())) {
      UsageError.Message mistake =
          UsageError.in(label()).because("the branches have different shapes");
      OperandChecks.row(mistake, "when true", whenTrue);
      throw OperandChecks.row(mistake, "when false", whenFalse)
          .maybe("a reduction, or broadcastTo(...), is missing in one of them.");
    }
    return whenTrue.shape();
  }

  @Override
  public boolean isDifferentiableIn(int input) {
    return input > 0;
  }
}
