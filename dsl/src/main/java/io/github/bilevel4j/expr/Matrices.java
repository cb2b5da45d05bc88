package io.github.bilevel4j.expr;

import io.github.bilevel4j.op.BandPart;
import io.github.bilevel4j.op.Cholesky;
import io.github.bilevel4j.op.MatMul;
import io.github.bilevel4j.op.MatrixSolve;
import io.github.bilevel4j.op.TriangularSolve;
import io.github.bilevel4j.shape.Shape;

/** Algebra of the matrices in the last two axes; leading axes are a batch. */
public sealed interface Matrices permits Expr {

  /** The matrix product. Leading axes must agree; a plain matrix is used for the whole batch. */
  default Expr matmul(Expr other) {
    return matmul(other, false, false);
  }

  /** {@code this * other^T}. */
  default Expr matmulTransposed(Expr other) {
    return matmul(other, false, true);
  }

  /** {@code this^T * other}. */
  default Expr transposedMatmul(Expr other) {
    return matmul(other, true, false);
  }

  /** {@code this * this^T}, the products of all pairs of rows. */
  default Expr rowGram() {
    return matmulTransposed((Expr) this);
  }

  /** {@code this^T * this}, the products of all pairs of columns. */
  default Expr columnGram() {
    return transposedMatmul((Expr) this);
  }

  /** The lower triangular factor of symmetric positive definite matrices. */
  default Expr cholesky() {
    return Expr.of(new Cholesky(), (Expr) this);
  }

  /** {@code this^-1 * right} for a lower triangular factor. */
  default Expr triangularSolve(Expr right) {
    return Expr.of(new TriangularSolve(false), (Expr) this, right);
  }

  /** {@code this^-T * right} for a lower triangular factor. */
  default Expr transposedTriangularSolve(Expr right) {
    return Expr.of(new TriangularSolve(true), (Expr) this, right);
  }

  /** {@code this^-1 * right} for symmetric positive definite matrices, by Cholesky. */
  default Expr positiveDefiniteSolve(Expr right) {
    Expr factor = cholesky();
    return factor.transposedTriangularSolve(factor.triangularSolve(right));
  }

  /**
   * {@code this^-1 * right} for invertible matrices, by LU decomposition with partial pivoting. For
   * symmetric positive definite ones {@link #positiveDefiniteSolve} takes half the time.
   *
   * @throws IllegalArgumentException if the matrices are not square, or the right side does not
   *     have their rows and leading axes; when it runs, if a matrix is singular
   */
  default Expr solve(Expr right) {
    return Expr.of(new MatrixSolve(false), (Expr) this, right);
  }

  /** {@code this^-T * right}, otherwise as {@link #solve}. */
  default Expr transposedSolve(Expr right) {
    return Expr.of(new MatrixSolve(true), (Expr) this, right);
  }

  /**
   * The logarithm of the determinant of symmetric positive definite matrices, {@code 2 sum log diag
   * L} with the Cholesky factor L.
   */
  default Expr logDeterminant() {
    return cholesky().diagonal().log().sum(-1).times(2);
  }

  /** The diagonal elements, {@code [..., n, n] -> [..., n]}. */
  default Expr diagonal() {
    Expr self = (Expr) this;
    Expr square = self.shape().dim(-1) == self.shape().dim(-2) ? self : leadingSquare();
    return square.bandPart(0, 0).sum(-1);
  }

  /** The sum of the diagonal elements. */
  default Expr trace() {
    return diagonal().sum(-1);
  }

  /** Diagonal matrices with the given diagonals, {@code [..., n] -> [..., n, n]}. */
  default Expr diagonalMatrix() {
    Expr self = (Expr) this;
    Shape shape = self.shape().concat(Shape.of(self.shape().dim(-1)));
    return self.unsqueezed(-1).broadcastTo(shape).bandPart(0, 0);
  }

  /** With a number added to the diagonal elements. */
  default Expr plusDiagonal(double number) {
    Expr self = (Expr) this;
    return self.plus(Expr.identity(self.shape().dim(-1)).times(number));
  }

  /** Zeros outside a band of subdiagonals and superdiagonals; a negative number keeps all. */
  default Expr bandPart(int lower, int upper) {
    return Expr.of(new BandPart(lower, upper), (Expr) this);
  }

  /** The lower triangle with the diagonal, zeros above. */
  default Expr lowerTriangle() {
    return bandPart(-1, 0);
  }

  private Expr leadingSquare() {
    Expr self = (Expr) this;
    int size = Math.min(self.shape().dim(-1), self.shape().dim(-2));
    return self.slice(-1, 0, size).slice(-2, 0, size);
  }

  private Expr matmul(Expr other, boolean transposeLeft, boolean transposeRight) {
    Expr left = (Expr) this;
    Expr right = other;
    int leftRank = left.shape().rank();
    int rightRank = right.shape().rank();
    if (leftRank == 2 && rightRank > 2) {
      left = left.broadcastTo(right.shape().sub(0, rightRank - 2).concat(left.shape()));
    } else if (rightRank == 2 && leftRank > 2) {
      right = right.broadcastTo(left.shape().sub(0, leftRank - 2).concat(right.shape()));
    }
    return Expr.of(new MatMul(transposeLeft, transposeRight), left, right);
  }
}
