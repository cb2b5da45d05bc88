package io.github.bilevel4j.solver.linear;

import com.google.common.primitives.Ints;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import java.util.Locale;

/** What both decompositions share: one column of the operator's matrix in each iteration. */
sealed interface Dense extends DirectSolver, BlockMethod permits DenseCholesky, DenseLu {
  /** The name of the number of columns taken so far. */
  String COUNT = "columns";

  /** The greatest dimension. */
  long limit();

  /**
   * The next columns of a matrix.
   *
   * @param units the unit vectors {@code e_k}, one above another; shape {@code [count, d]}
   * @param images their images {@code A e_k}; shape {@code [count, d]}
   */
  record Columns(Expr units, Expr images) {
    static Columns next(LinearSystem system, Iterate now, int count) {
      Expr units = Expr.range(count).plus(now.tensor(COUNT)).oneHot(system.dimension());
      return new Columns(units, system.timesRows(units));
    }

    /** The matrix {@code [d, d]} of zeros but for these rows in the columns' places. */
    Expr placed(Expr rows) {
      return units.transposedMatmul(rows);
    }
  }

  /** Row k of a matrix, shape {@code [1, n]}. */
  static Expr row(Expr matrix, int k) {
    return matrix.slice(0, k, k + 1);
  }

  static void check(long limit) {
    Require.in("dense solve").atLeast(1, "number of dimensions allowed", Ints.saturatedCast(limit));
  }

  @Override
  default int iterationsFor(long dimension) {
    if (dimension > limit()) {
      throw UsageError.in("dense solve")
          .because("dimension %d is above the limit %d", dimension, limit())
          .row("method", description())
          .value(
              "matrix", String.format(Locale.ROOT, "%.3g elements", (double) dimension * dimension))
          .maybe(
              "ConjugateGradient.steps(...) was meant, or limit(%d) if the matrix fits in memory.",
              dimension);
    }
    return Math.toIntExact(dimension);
  }
}
