package io.github.bilevel4j.solver.linear;

import com.google.common.primitives.Ints;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import java.util.Locale;

/**
 * A column of an operator's matrix.
 *
 * @param unit the unit vector {@code e_k}, zero beyond the last column; shape {@code [d]}
 * @param image {@code A e_k}, shape {@code [d]}
 */
record DenseColumn(Expr unit, Expr image) {

  static DenseColumn of(LinearSystem system, Expr number) {
    Expr unit = number.oneHot(system.dimension());
    return new DenseColumn(unit, system.times(system.right().unflattened(unit)).flattened());
  }

  /** The matrix {@code [n, d]} of zeros but for this row, where the unit vector has its one. */
  static Expr row(Expr unit, Expr row) {
    return unit.unsqueezed(-1).times(row.unsqueezed(0));
  }

  static void check(long limit) {
    Require.in("dense solve").atLeast(1, "number of dimensions allowed", Ints.saturatedCast(limit));
  }

  static void requireFits(LinearSolver method, long dimension, long limit) {
    if (dimension > limit) {
      throw UsageError.in("dense solve")
          .because("dimension %d is above the limit %d", dimension, limit)
          .row("method", method.description())
          .value(
              "matrix", String.format(Locale.ROOT, "%.3g elements", (double) dimension * dimension))
          .maybe(
              "ConjugateGradient.steps(...) was meant, or limit(%d) if the matrix fits in memory.",
              dimension);
    }
  }
}
