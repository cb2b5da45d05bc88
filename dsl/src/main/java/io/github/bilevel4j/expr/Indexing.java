package io.github.bilevel4j.expr;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.op.Gather;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.op.OneHot;
import io.github.bilevel4j.op.ScatterAdd;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;

/**
 * Rows by their positions. Indices are expressions with whole numbers as values. In single
 * precision, whose whole numbers end at 2^24, an index is computed in double precision where it may
 * lie beyond, from constants, inputs, {@code argMax}, {@code floor} and arithmetic of these; a
 * variable holds single precision.
 *
 * <p>Positions are rounded. One that does not exist, or is not a number, is an error: where it is
 * written if it is a constant, else in the step.
 */
public sealed interface Indexing permits Expr {

  /**
   * The rows (first axis) at the given positions.
   *
   * @throws IllegalArgumentException if this is a scalar, or a constant position does not exist
   */
  default Expr gather(Expr indices) {
    Shape table = ((Expr) this).shape();
    if (!table.isScalar()) {
      requireKnown("gather", indices, table.dim(0), 0.5);
    }
    return Expr.of(new Gather(), (Expr) this, indices);
  }

  /**
   * A table of zeros of so many rows, with each row of this added at its position.
   *
   * @throws IllegalArgumentException if there is not one row for each index, or a constant position
   *     does not exist
   */
  default Expr scatterAdd(Expr indices, int rows) {
    requireKnown("scatter add", indices, rows, 0.5);
    return Expr.of(new ScatterAdd(rows), (Expr) this, indices);
  }

  /**
   * With this expression as indices: rows that are 1 at the index and 0 elsewhere.
   *
   * @throws IllegalArgumentException if a constant index is not one of {@code 0, ..., depth-1} up
   *     to {@value OneHot#ROUNDING}; when it runs, if another one is not
   */
  default Expr oneHot(int depth) {
    requireKnown("one-hot", (Expr) this, depth, OneHot.ROUNDING);
    return Expr.of(new OneHot(depth), (Expr) this);
  }

  private static void requireKnown(String operation, Expr indices, int count, double rounding) {
    if (indices.op() instanceof Leaf.Constant constant) {
      Array values = constant.value();
      for (int i = 0; i < values.size(); i++) {
        double rounded = Math.rint(values.at(i));
        // What is not a number passes no comparison.
        if (!(Math.abs(values.at(i) - rounded) <= rounding && rounded >= 0 && rounded < count)) {
          throw UsageError.in(operation)
              .because("the index %s is not one of 0..%d", values.at(i), count - 1)
              .row("indices", indices.label(), indices.shape().toString())
              .maybe("labels or positions belong to another data set.");
        }
      }
    }
  }
}
