package io.github.bilevel4j.solver.linear;

import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/** A system {@code A x = b} in numbers. */
@SuppressWarnings("ArrayRecordComponent")
record TestSystem(double[][] matrix, double[] right) {

  /** A symmetric matrix of given eigenvalues and random eigenvectors, and a normal right side. */
  static TestSystem symmetric(long seed, int size, IntToDoubleFunction eigenvalue) {
    Random random = new Random(seed);
    double[][] a = new double[size][size];
    for (int i = 0; i < size; i++) {
      a[i][i] = eigenvalue.applyAsDouble(i);
    }
    for (int k = 0; k < 3; k++) {
      a = reflected(a, normal(random, size));
    }
    return new TestSystem(a, normal(random, size));
  }

  /** {@code Q A Q} for the reflection {@code Q = I - 2 u u^T / u.u}. */
  private static double[][] reflected(double[][] a, double[] u) {
    int n = u.length;
    double square = IntStream.range(0, n).mapToDouble(i -> u[i] * u[i]).sum();
    double[][] q = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        q[i][j] = (i == j ? 1 : 0) - 2 * u[i] * u[j] / square;
      }
    }
    return product(product(q, a), q);
  }

  /** Eigenvalues from 1 to 3. */
  static TestSystem definite(long seed, int size) {
    return symmetric(seed, size, i -> 1 + 2.0 * i / (size - 1));
  }

  /** Eigenvalues of both signs, of sizes from 1 to 3. */
  static TestSystem indefinite(long seed, int size) {
    return symmetric(seed, size, i -> (i % 2 == 0 ? 1 : -1) * (1 + 2.0 * i / (size - 1)));
  }

  /** A symmetric part with eigenvalues from 1 to 3 and a skew part of about the same size. */
  static TestSystem skewed(long seed, int size) {
    TestSystem system = definite(seed, size);
    Random random = new Random(~seed);
    for (int i = 0; i < size; i++) {
      for (int j = 0; j < i; j++) {
        double skew = 0.5 * random.nextGaussian();
        system.matrix[i][j] += skew;
        system.matrix[j][i] -= skew;
      }
    }
    return system;
  }

  private static double[] normal(Random random, int size) {
    return random.doubles(size, -1, 1).map(x -> x + 0.01).toArray();
  }

  private static double[][] product(double[][] a, double[][] b) {
    double[][] result = new double[a.length][b[0].length];
    for (int i = 0; i < a.length; i++) {
      for (int k = 0; k < b.length; k++) {
        for (int j = 0; j < b[0].length; j++) {
          result[i][j] += a[i][k] * b[k][j];
        }
      }
    }
    return result;
  }

  /** {@code A x}. */
  double[] times(double[] x) {
    return IntStream.range(0, size())
        .mapToDouble(i -> IntStream.range(0, size()).mapToDouble(j -> matrix[i][j] * x[j]).sum())
        .toArray();
  }

  /** With a number added to the diagonal. */
  TestSystem plusDiagonal(double number) {
    double[][] shifted = new double[matrix.length][];
    for (int i = 0; i < matrix.length; i++) {
      shifted[i] = matrix[i].clone();
      shifted[i][i] += number;
    }
    return new TestSystem(shifted, right);
  }

  /** With a right side of zeros. */
  TestSystem withoutRight() {
    return new TestSystem(matrix, new double[right.length]);
  }

  Array matrixArray() {
    return Array.matrix(matrix);
  }

  int size() {
    return right.length;
  }

  /** The solution by Gauss and Jordan's elimination with pivots. */
  double[] solution() {
    int n = size();
    double[][] rows = new double[n][n + 1];
    for (int i = 0; i < n; i++) {
      System.arraycopy(matrix[i], 0, rows[i], 0, n);
      rows[i][n] = right[i];
    }
    for (int k = 0; k < n; k++) {
      int pivot = k;
      for (int i = k; i < n; i++) {
        pivot = Math.abs(rows[i][k]) > Math.abs(rows[pivot][k]) ? i : pivot;
      }
      double[] row = rows[pivot];
      rows[pivot] = rows[k];
      rows[k] = row;
      for (int i = 0; i < n; i++) {
        double factor = i == k ? 0 : rows[i][k] / row[k];
        for (int j = k; j <= n; j++) {
          rows[i][j] -= factor * row[j];
        }
      }
    }
    return IntStream.range(0, n).mapToDouble(i -> rows[i][n] / rows[i][i]).toArray();
  }

  static Array array(double[] values) {
    return Array.of(Shape.of(values.length), values);
  }
}
