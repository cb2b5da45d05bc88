package io.github.bilevel4j.autodiff.rule;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.BandPart;
import io.github.bilevel4j.op.Cholesky;
import io.github.bilevel4j.op.MatMul;
import io.github.bilevel4j.op.MatrixSolve;
import io.github.bilevel4j.op.TriangularSolve;

/**
 * Matrices in the last two axes; leading axes are a batch. After Giles, "Collected matrix
 * derivative results for forward and reverse mode algorithmic differentiation" (2008), and for
 * Cholesky Murray, "Differentiation of the Cholesky decomposition" (2016).
 */
final class MatrixRules {
  private MatrixRules() {}

  static RuleTable table() {
    return new RuleTable()
        .rule(
            MatMul.class,
            (op, y, i, a) -> i == 0 ? left(op, y.input(1), a) : right(op, y.input(0), a))
        .rule(Cholesky.class, (op, y, i, a) -> cholesky(y, a))
        .rule(
            TriangularSolve.class,
            (op, y, i, a) -> i == 0 ? factor(op, y.input(0), y, a) : rightSide(op, y.input(0), a))
        .rule(
            MatrixSolve.class,
            (op, y, i, a) -> i == 0 ? matrix(op, y.input(0), y, a) : rightSide(op, y.input(0), a))
        .rule(BandPart.class, (op, y, i, a) -> a.bandPart(op.lower(), op.upper()));
  }

  /**
   * The adjoint of A in {@code Y = A B}: {@code a B^T}; in {@code A^T B}: {@code B a^T}; with B^T
   * in place of B: {@code a B} and {@code B^T a^T}.
   */
  private static Expr left(MatMul op, Expr b, Expr a) {
    return op.transposeLeft()
        ? Expr.of(new MatMul(op.transposeRight(), true), b, a)
        : Expr.of(new MatMul(false, !op.transposeRight()), a, b);
  }

  /**
   * The adjoint of B in {@code Y = A B}: {@code A^T a}; in {@code A B^T}: {@code a^T A}; with A^T
   * in place of A: {@code A a} and {@code a^T A^T}.
   */
  private static Expr right(MatMul op, Expr left, Expr a) {
    return op.transposeRight()
        ? Expr.of(new MatMul(true, op.transposeLeft()), a, left)
        : Expr.of(new MatMul(!op.transposeLeft(), false), left, a);
  }

  /**
   * {@code A = L L^T}: with {@code P = Phi(L^T a)}, the lower triangle with its diagonal halved,
   * and {@code S = L^-T P L^-1}, the adjoint is {@code (S + S^T) / 2}.
   *
   * <p>It is the one for symmetric variations of A. The decomposition itself reads only the lower
   * triangle, so that along a variation that is not symmetric the value and this adjoint disagree.
   */
  private static Expr cholesky(Expr l, Expr a) {
    Expr product = l.transposedMatmul(a);
    Expr p = product.lowerTriangle().minus(product.bandPart(0, 0).times(0.5));
    Expr leftSolved = l.transposedTriangularSolve(p);
    Expr s = l.transposedTriangularSolve(leftSolved.transposed());
    return s.plus(s.transposed()).times(0.5);
  }

  /** {@code X = L^-1 B}: {@code L^-T a}; {@code X = L^-T B}: {@code L^-1 a}. */
  private static Expr rightSide(TriangularSolve op, Expr l, Expr a) {
    return Expr.of(new TriangularSolve(!op.transposed()), l, a);
  }

  /**
   * The lower triangle of {@code -b X^T} for {@code X = L^-1 B}, of {@code -X b^T} for {@code X =
   * L^-T B}, where b is the adjoint of B.
   */
  private static Expr factor(TriangularSolve op, Expr l, Expr x, Expr a) {
    return leftSide(op.transposed(), x, rightSide(op, l, a)).lowerTriangle();
  }

  /** {@code X = A^-1 B}: {@code A^-T a}; {@code X = A^-T B}: {@code A^-1 a}. */
  private static Expr rightSide(MatrixSolve op, Expr matrix, Expr a) {
    return Expr.of(new MatrixSolve(!op.transposed()), matrix, a);
  }

  /**
   * {@code -b X^T} for {@code X = A^-1 B}, {@code -X b^T} for {@code X = A^-T B}, where b is the
   * adjoint of B.
   */
  private static Expr matrix(MatrixSolve op, Expr matrix, Expr x, Expr a) {
    return leftSide(op.transposed(), x, rightSide(op, matrix, a));
  }

  private static Expr leftSide(boolean transposed, Expr x, Expr b) {
    return (transposed ? x.matmulTransposed(b) : b.matmulTransposed(x)).negated();
  }
}
