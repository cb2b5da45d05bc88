package io.github.bilevel4j.op;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.shape.Shape;
import java.util.List;

/**
 * The product of the matrices in the last two axes, each optionally transposed. Leading axes are a
 * batch and must agree.
 */
public record MatMul(boolean transposeLeft, boolean transposeRight) implements Op {
  @Override
  public String label() {
    return "matmul";
  }

  @Override
  public Shape shape(List<? extends Operand> operands) {
    Operand left = operands.get(0);
    Operand right = operands.get(1);
    OperandChecks.requireRank(label(), left, 2);
    OperandChecks.requireRank(label(), right, 2);
    Shape a = left.shape();
    Shape b = right.shape();
    int rank = a.rank();
    int inner = a.dim(transposeLeft ? -2 : -1);
    int expected = b.dim(transposeRight ? -1 : -2);
    if (inner != expected) {
      UsageError.Message mistake =
          UsageError.in(label()).because("inner dimensions differ, %d and %d", inner, expected);
      OperandChecks.row(mistake, "left", left);
      Shape swapped = b.withDim(-1, b.dim(-2)).withDim(-2, b.dim(-1));
      boolean fits = swapped.dim(transposeRight ? -1 : -2) == inner;
      throw OperandChecks.row(mistake, "right", right)
          .maybe(
              "%s should be %s.",
              right.label(), fits ? swapped : b.withDim(transposeRight ? -1 : -2, inner));
    }
    if (rank != b.rank() || !a.sub(0, rank - 2).equals(b.sub(0, rank - 2))) {
      UsageError.Message mistake = UsageError.in(label()).because("the leading axes differ");
      OperandChecks.row(mistake, "left", left);
      throw OperandChecks.row(mistake, "right", right).maybe("a broadcastTo is missing.");
    }
    return a.withDim(-2, a.dim(transposeLeft ? -1 : -2))
        .withDim(-1, b.dim(transposeRight ? -2 : -1));
  }
}
