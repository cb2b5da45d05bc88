package io.github.bilevel4j.eval;

import io.github.bilevel4j.shape.Array;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.decomposition.TriangularSolver_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;

/** Factorizations of small symmetric matrices on the host, in double precision. */
final class SymmetricMatrix {
  private SymmetricMatrix() {}

  /** {@code X^T X} or {@code X X^T}, whichever is smaller: both have the same positive spectrum. */
  static double[][] smallerGram(Array x) {
    int n = x.shape().dim(0);
    int d = x.shape().dim(1);
    double[] values = x.toDoubles();
    int side = Math.min(n, d);
    double[][] rows = new double[side][Math.max(n, d)];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < d; j++) {
        if (d <= n) {
          rows[j][i] = values[i * d + j];
        } else {
          rows[i][j] = values[i * d + j];
        }
      }
    }
    double[][] gram = new double[side][side];
    IntStream.range(0, side)
        .parallel()
        .forEach(
            i -> {
              for (int j = 0; j <= i; j++) {
                gram[i][j] = dot(rows[i], rows[j]);
              }
            });
    for (int i = 0; i < side; i++) {
      for (int j = i + 1; j < side; j++) {
        gram[i][j] = gram[j][i];
      }
    }
    return gram;
  }

  static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  /** The eigenvalues, largest first, to rounding of the largest. */
  static double[] eigenvalues(double[][] symmetric) {
    int n = symmetric.length;
    var eigen = DecompositionFactory_DDRM.eig(n, false, true);
    if (!DecompositionFactory_DDRM.decomposeSafe(eigen, new DMatrixRMaj(symmetric))) {
      throw new ArithmeticException("the eigenvalues of a symmetric matrix do not converge");
    }
    double[] values =
        IntStream.range(0, n).mapToDouble(i -> eigen.getEigenvalue(i).getReal()).sorted().toArray();
    return IntStream.range(0, n).mapToDouble(i -> values[n - 1 - i]).toArray();
  }

  /** L with {@code L L^T} the matrix, which is positive definite. */
  static DMatrixRMaj cholesky(double[][] matrix) {
    var cholesky = DecompositionFactory_DDRM.chol(matrix.length, true);
    if (!DecompositionFactory_DDRM.decomposeSafe(cholesky, new DMatrixRMaj(matrix))) {
      throw new ArithmeticException("a matrix is not positive definite");
    }
    return cholesky.getT(null);
  }

  /** The rows x of {@code L x = b} for the rows b of a matrix. */
  static double[][] solvedRows(DMatrixRMaj l, double[][] rows) {
    return Arrays.stream(rows)
        .parallel()
        .map(
            b -> {
              double[] x = b.clone();
              TriangularSolver_DDRM.solveL(l.data, x, x.length);
              return x;
            })
        .toArray(double[][]::new);
  }
}
