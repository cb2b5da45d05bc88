package io.github.bilevel4j.op;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.shape.Shape;
import java.util.List;

/**
 * The matrices in the last two axes with zeros outside a band: {@code lower} subdiagonals and
 * {@code upper} superdiagonals are kept, all of them where the number is negative. {@code (-1, 0)}
 * is the lower triangle, {@code (0, 0)} the diagonal.
 */
public record BandPart(int lower, int upper) implements Op {
  @Override
  public String label() {
    return "band part";
  }

  @Override
  public Shape shape(List<? extends Operand> operands) {
    Operand operand = operands.get(0);
    OperandChecks.requireRank(label(), operand, 2);
    if (lower > operand.shape().dim(-2) || upper > operand.shape().dim(-1)) {
      throw OperandChecks.row(
              UsageError.in(label())
                  .because(
                      "%d subdiagonals and %d superdiagonals do not fit the matrices",
                      lower, upper),
              "operand",
              operand)
          .maybe("-1, which keeps all of them, was meant.");
    }
    return operand.shape();
  }
}
