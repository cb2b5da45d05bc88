package io.github.bilevel4j.solver.linear;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.shape.Shape;

/**
 * The matrix, column by column, then one LU decomposition. The curvatures reported are the diagonal
 * elements {@code e_k.A e_k}.
 */
record DenseLu(long limit) implements Dense {
  private static final String MATRIX = "matrix";
  private static final String COUNT = "columns";

  DenseLu {
    DenseColumn.check(limit);
  }

  @Override
  public Dense limit(long dimension) {
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
    Shape square = Shape.of(system.dimension(), system.dimension());
    return Iterate.without().with(MATRIX, Expr.filled(0, square)).with(COUNT, Guarded.ZERO);
  }

  /** The transposed matrix is kept: its row k is {@code A e_k}. */
  @Override
  public Iterate next(LinearSystem system, Iterate now) {
    Expr count = now.tensor(COUNT);
    DenseColumn column = DenseColumn.of(system, count);
    return Iterate.without()
        .with(MATRIX, now.tensor(MATRIX).plus(DenseColumn.row(column.unit(), column.image())))
        .with(COUNT, count.plus(1))
        .measuring(Iterate.CURVATURE, column.unit().dot(column.image()));
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
