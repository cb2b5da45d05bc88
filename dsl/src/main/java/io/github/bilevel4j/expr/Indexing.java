package io.github.bilevel4j.expr;

import io.github.bilevel4j.op.Gather;
import io.github.bilevel4j.op.OneHot;
import io.github.bilevel4j.op.ScatterAdd;

/**
 * Rows by their positions. Indices are expressions with whole numbers as values. In single
 * precision, whose whole numbers end at 2^24, an index is computed in double precision where it may
 * lie beyond, from constants, inputs, {@code argMax}, {@code floor} and arithmetic of these; a
 * variable holds single precision.
 */
public sealed interface Indexing permits Expr {

  /** The rows (first axis) at the given positions. */
  default Expr gather(Expr indices) {
    return Expr.of(new Gather(), (Expr) this, indices);
  }

  /** A table of zeros of so many rows, with each row of this added at its position. */
  default Expr scatterAdd(Expr indices, int rows) {
    return Expr.of(new ScatterAdd(rows), (Expr) this, indices);
  }

  /** With this expression as indices: rows that are 1 at the index and 0 elsewhere. */
  default Expr oneHot(int depth) {
    return Expr.of(new OneHot(depth), (Expr) this);
  }
}
