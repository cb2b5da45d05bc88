package io.github.bilevel4j.solver.linear;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;

/**
 * The Cholesky factor, some rows at a time (bordering; Golub and Van Loan, 2013, section 4.2): with
 * the rows L so far and the next columns {@code [B; C] = A [e_k, ..., e_l]}, B beside these rows,
 *
 * <pre>
 * R = L^-1 B       S = C - R^T R       S = M M^T       next rows [R^T, M]
 * </pre>
 *
 * M row by row in the same way: with row k of S up to the diagonal, {@code (s, s_kk)}, and the rows
 * of M so far,
 *
 * <pre>
 * m = M^-1 s       pivot = s_kk - m.m       next row (m, sqrt(pivot))
 * </pre>
 *
 * Along {@code p = e_k - L^-T l}, with all rows so far and the next one's l, the operator has the
 * curvature {@code p.A p = pivot}. A pivot that is positive by rounding alone, at most {@code d
 * a_kk} times the precision, counts as zero: the operator is singular there.
 */
record DenseCholesky(long limit) implements Dense {
  private static final String FACTOR = "factor";

  DenseCholesky {
    Dense.check(limit);
  }

  @Override
  public DirectSolver limit(long dimension) {
    return new DenseCholesky(dimension);
  }

  /** Rows to come are those of the identity, so that the factor is invertible from the start. */
  @Override
  public Iterate start(LinearSystem system) {
    return Iterate.without()
        .with(FACTOR, Expr.identity(iterationsFor(system.dimension())))
        .with(COUNT, SafeDivision.ZERO);
  }

  @Override
  public Block next(LinearSystem system, Iterate now, int count) {
    Expr factor = now.tensor(FACTOR);
    Columns columns = Columns.next(system, now, count);
    Expr images = columns.images();
    Expr before = Expr.range(system.dimension()).lessThan(now.tensor(COUNT));
    Expr beside = factor.triangularSolve(images.times(before).transposed());
    Expr schur = images.matmulTransposed(columns.units()).minus(beside.columnGram());
    // p is L^-T of this, beside the rows so far, and its square a form of the columns' products.
    Expr products = factor.transposedTriangularSolve(beside).columnGram();
    Expr rounding =
        images
            .times(columns.units())
            .sum(1)
            .abs()
            .times(SafeDivision.roundoff())
            .times(system.dimension());

    ImmutableList.Builder<ImmutableMap<String, Expr>> measured = ImmutableList.builder();
    Expr identity = Expr.identity(count);
    Expr inner = identity;
    for (int k = 0; k < count; k++) {
      Expr unit = Dense.row(identity, k).transposed();
      Expr earlier = Expr.range(count).lessThan(k).unsqueezed(-1);
      Expr column = Dense.row(schur, k).transposed();
      Expr left = inner.triangularSolve(column.times(earlier));
      Expr computed = unit.times(column).sum().minus(left.squared().sum());
      Expr isZero = unit.reshape(-1).dot(rounding).atLeast(computed.abs());
      Expr pivot = isZero.where(SafeDivision.ZERO, computed);
      Expr root = pivot.greaterThan(0).where(pivot, SafeDivision.ONE).sqrt();
      Expr direction = unit.minus(inner.transposedTriangularSolve(left));
      Expr length = direction.times(products.plus(identity).matmul(direction)).sum();
      inner = inner.plus(unit.matmulTransposed(left.plus(unit.times(root.minus(1)))));
      measured.add(ImmutableMap.of(Iterate.CURVATURE, pivot.dividedBy(length)));
    }
    Expr rows = beside.transposed().plus(inner.minus(identity).matmul(columns.units()));
    return new Block(
        Iterate.without()
            .with(FACTOR, factor.plus(columns.placed(rows)))
            .with(COUNT, now.tensor(COUNT).plus(count)),
        measured.build());
  }

  @Override
  public Vector solution(LinearSystem system, Iterate last) {
    Vector b = system.right();
    Expr factor = last.tensor(FACTOR);
    Expr x = factor.transposedTriangularSolve(factor.triangularSolve(b.flattened().unsqueezed(-1)));
    return b.unflattened(x.reshape(-1));
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
