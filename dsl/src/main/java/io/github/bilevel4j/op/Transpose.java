package io.github.bilevel4j.op;

import com.google.common.primitives.ImmutableIntArray;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import java.util.stream.IntStream;

/** The axes in another order: result axis {@code i} is operand axis {@code permutation[i]}. */
public record Transpose(ImmutableIntArray permutation) implements Op {
  @Override
  public String label() {
    return "transpose " + permutation;
  }

  /** The permutation that undoes this one. */
  public Transpose inverse() {
    int[] inverse = new int[permutation.length()];
    for (int i = 0; i < inverse.length; i++) {
      inverse[permutation.get(i)] = i;
    }
    return new Transpose(ImmutableIntArray.copyOf(inverse));
  }

  @Override
  public Shape shape(List<? extends Operand> operands) {
    Operand operand = operands.get(0);
    int rank = operand.shape().rank();
    boolean permutes =
        permutation.length() == rank && IntStream.range(0, rank).allMatch(permutation::contains);
    if (!permutes) {
      throw OperandChecks.row(
              UsageError.in("transpose")
                  .because("%s is not a permutation of the %d axes", permutation, rank),
              "operand",
              operand)
          .maybe("each axis 0..%d should be named once.", rank - 1);
    }
    return Shape.of(permutation.stream().map(operand.shape()::dim).toArray());
  }
}
