package io.github.bilevel4j.op;

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
    OperandChecks.requireRank(label(), operands.get(0), 2);
    return operands.get(0).shape();
  }
}
