package io.github.bilevel4j.solver.linear;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.shape.Shape;

/**
 * The matrix, column by column, then one LU decomposition. The curvatures reported are the diagonal
 * elements {@code e_k.A e_k}.
 *
 * <p>The decomposition of a singular matrix fails, or, if rounding hides the zero pivot, gives
 * numbers without meaning. The columns are therefore orthogonalized as they come (Gram-Schmidt,
 * twice: Giraud, Langou and Rozloznik, 2005) to the rows q of Q, together with the directions p
 * whose images these are:
 *
 * <pre>
 * n = e_k - P^T Q A e_k      A n = A e_k - Q^T Q A e_k      q = A n / |A n|      p = n / |A n|
 * </pre>
 *
 * If {@code |A n|} is at most {@code sum over j of |n_j| |A e_j|} times the precision, it is what
 * rounding leaves of zero, and the operator is singular along n. That bound depends neither on the
 * scale of the columns nor on how large a part of n the last of them is.
 */
record DenseLu(long limit) implements DirectSolver {
  private static final String MATRIX = "matrix";
  private static final String BASIS = "basis";
  private static final String DIRECTIONS = "directions";
  private static final String LENGTHS = "lengths";
  private static final String COUNT = "columns";

  private static final double ROUNDINGS = 2;

  DenseLu {
    DenseColumn.check(limit);
  }

  @Override
  public DirectSolver limit(long dimension) {
    return new DenseLu(dimension);
  }

  @Override
  public int iterationsFor(long dimension) {
    DenseColumn.requireFits(this, dimension, limit);
    return Math.toIntExact(dimension);
  }

  @Override
  public Iterate start(LinearSystem system) {
    DenseColumn.requireFits(this, system.dimension(), limit);
    Expr square = Expr.filled(0, Shape.of(system.dimension(), system.dimension()));
    return Iterate.without()
        .with(MATRIX, square)
        .with(BASIS, square)
        .with(DIRECTIONS, square)
        .with(LENGTHS, Expr.filled(0, Shape.of(system.dimension())))
        .with(COUNT, SafeDivision.ZERO);
  }

  /** The transposed matrix is kept: its row k is {@code A e_k}. */
  @Override
  public Iterate next(LinearSystem system, Iterate now) {
    Expr count = now.tensor(COUNT);
    DenseColumn column = DenseColumn.of(system, count);
    Expr basis = now.tensor(BASIS);
    Expr directions = now.tensor(DIRECTIONS);
    Expr lengths = now.tensor(LENGTHS).plus(column.unit().times(column.image().norm()));

    Expr image = column.image().unsqueezed(-1);
    Expr direction = column.unit().unsqueezed(-1);
    for (int pass = 0; pass < 2; pass++) {
      Expr parts = basis.matmul(image);
      image = image.minus(basis.transposedMatmul(parts));
      direction = direction.minus(directions.transposedMatmul(parts));
    }
    Expr left = image.norm();
    Expr rounding =
        direction.reshape(-1).abs().dot(lengths).times(SafeDivision.roundoff()).times(ROUNDINGS);
    Expr scale = SafeDivision.quotient(SafeDivision.ONE, left);
    return Iterate.without()
        .with(MATRIX, now.tensor(MATRIX).plus(DenseColumn.row(column.unit(), column.image())))
        .with(BASIS, basis.plus(DenseColumn.row(column.unit(), image.reshape(-1).times(scale))))
        .with(
            DIRECTIONS,
            directions.plus(DenseColumn.row(column.unit(), direction.reshape(-1).times(scale))))
        .with(LENGTHS, lengths)
        .with(COUNT, count.plus(1))
        .measuring(Iterate.CURVATURE, column.unit().dot(column.image()))
        .measuring(Iterate.SINGULAR, rounding.atLeast(left));
  }

  @Override
  public Vector solution(LinearSystem system, Iterate last) {
    Vector b = system.right();
    Expr x = last.tensor(MATRIX).transposedSolve(b.flattened().unsqueezed(-1));
    return b.unflattened(x.reshape(-1));
  }

  @Override
  public boolean usesGuess() {
    return false;
  }

  @Override
  public boolean needsPositiveCurvature() {
    return false;
  }

  @Override
  public String description() {
    return "dense LU";
  }
}
