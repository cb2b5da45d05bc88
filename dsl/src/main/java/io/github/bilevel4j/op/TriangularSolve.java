package io.github.bilevel4j.op;

import io.github.bilevel4j.shape.Mistake;
import io.github.bilevel4j.shape.Shape;
import java.util.List;

/**
 * {@code L^-1 B}, or {@code L^-T B} when transposed, for lower triangular {@code L}; the elements
 * above its diagonal are not read.
 */
public record TriangularSolve(boolean transposed) implements Op {
  @Override
  public String label() {
    return "triangular solve";
  }

  @Override
  public Shape shape(List<? extends Operand> operands) {
    Operand factor = operands.get(0);
    Operand right = operands.get(1);
    Mistakes.requireSquare(label(), factor);
    Mistakes.requireRank(label(), right, 2);
    Shape a = factor.shape();
    Shape b = right.shape();
    if (a.rank() != b.rank() || !a.sub(0, a.rank() - 1).equals(b.sub(0, b.rank() - 1))) {
      Mistake mistake =
          Mistake.in(label()).because("the factor's rows and the right side's differ");
      Mistakes.row(mistake, "factor", factor);
      throw Mistakes.row(mistake, "right side", right)
          .maybe("the right side is transposed, or lacks its batch axes.");
    }
    return b;
  }
}
