package io.github.bilevel4j.solver.linear;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;

/**
 * The Cholesky factor row by row (bordering; Golub and Van Loan, 2013, section 4.2): with the
 * column {@code a = A e_k} and the rows so far,
 *
 * <pre>
 * l = L^-1 a_{&lt;k}       pivot = a_k - l.l       next row (l, sqrt(pivot))
 * </pre>
 *
 * Along {@code p = e_k - L^-T l} the operator has the curvature {@code p.A p = pivot}. A pivot that
 * is positive by rounding alone, at most {@code d a_k} times the precision, counts as zero: the
 * operator is singular there.
 */
record DenseCholesky(long limit) implements DirectSolver {
  private static final String FACTOR = "factor";
  private static final String COUNT = "columns";

  DenseCholesky {
    DenseColumn.check(limit);
  }

  @Override
  public DirectSolver limit(long dimension) {
    return new DenseCholesky(dimension);
  }

  @Override
  public int iterationsFor(long dimension) {
    DenseColumn.requireFits(this, dimension, limit);
    return Math.toIntExact(dimension);
  }

  /** Rows to come are those of the identity, so that the factor is invertible from the start. */
  @Override
  public Iterate start(LinearSystem system) {
    DenseColumn.requireFits(this, system.dimension(), limit);
    return Iterate.without()
        .with(FACTOR, Expr.identity(system.dimension()))
        .with(COUNT, SafeDivision.ZERO);
  }

  @Override
  public Iterate next(LinearSystem system, Iterate now) {
    Expr factor = now.tensor(FACTOR);
    Expr count = now.tensor(COUNT);
    DenseColumn column = DenseColumn.of(system, count);
    Expr before = Expr.range(system.dimension()).lessThan(count);
    Expr left = factor.triangularSolve(column.image().times(before).unsqueezed(-1));
    Expr diagonal = column.unit().dot(column.image());
    Expr computed = diagonal.minus(left.squared().sum());
    Expr rounding = diagonal.abs().times(SafeDivision.roundoff()).times(system.dimension());
    Expr pivot = computed.abs().greaterThan(rounding).where(computed, SafeDivision.ZERO);
    Expr root = pivot.greaterThan(0).where(pivot, SafeDivision.ONE).sqrt();
    Expr row = left.reshape(-1).plus(column.unit().times(root.minus(1)));
    Expr length = factor.transposedTriangularSolve(left).squared().sum().plus(1);
    return Iterate.without()
        .with(FACTOR, factor.plus(DenseColumn.row(column.unit(), row)))
        .with(COUNT, count.plus(1))
        .measuring(Iterate.CURVATURE, pivot.dividedBy(length));
  }

  @Override
  public Vector solution(LinearSystem system, Iterate last) {
    Vector b = system.right();
    Expr factor = last.tensor(FACTOR);
    Expr x = factor.transposedTriangularSolve(factor.triangularSolve(b.flattened().unsqueezed(-1)));
    return b.unflattened(x.reshape(-1));
  }

  @Override
  public boolean usesGuess() {
    return false;
  }

  @Override
  public boolean needsSymmetry() {
    return true;
  }

  @Override
  public String description() {
    return "dense Cholesky";
  }
}
