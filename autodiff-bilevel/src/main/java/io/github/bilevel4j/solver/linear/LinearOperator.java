package io.github.bilevel4j.solver.linear;

import io.github.bilevel4j.expr.Vector;
import java.util.function.UnaryOperator;

/** A linear map of a space of vectors to itself, {@code v -> A v}, as an expression. */
@FunctionalInterface
public interface LinearOperator {

  /** {@code A v}. */
  Vector times(Vector v);

  /** {@code A^T v}; equal to {@code A v} unless the operator was made by {@link #of}. */
  default Vector transposedTimes(Vector v) {
    return times(v);
  }

  /** An operator that is not symmetric, by its products and those of its transposed. */
  static LinearOperator of(UnaryOperator<Vector> times, UnaryOperator<Vector> transposedTimes) {
    return new LinearOperator() {
      @Override
      public Vector times(Vector v) {
        return times.apply(v);
      }

      @Override
      public Vector transposedTimes(Vector v) {
        return transposedTimes.apply(v);
      }
    };
  }

  /** {@code A + shift I}: damping, the same for all methods. */
  default LinearOperator plus(double shift) {
    return shift == 0
        ? this
        : of(v -> times(v).plus(v.times(shift)), v -> transposedTimes(v).plus(v.times(shift)));
  }
}
