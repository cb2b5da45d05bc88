package io.github.bilevel4j.autodiff;

import io.github.bilevel4j.op.BandPart;
import io.github.bilevel4j.op.Cholesky;
import io.github.bilevel4j.op.MatMul;
import io.github.bilevel4j.op.MatrixSolve;
import io.github.bilevel4j.op.TriangularSolve;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** Matrices in the last two axes. */
final class MatrixKernels {
  private MatrixKernels() {}

  static void register(Kernels kernels) {
    kernels
        .kernel(
            MatMul.class,
            (op, shape, in) ->
                Index.build(shape, index -> product(op, in.get(0), in.get(1), index)))
        .kernel(Cholesky.class, (op, shape, in) -> cholesky(shape, in.get(0)))
        .kernel(TriangularSolve.class, (op, shape, in) -> solve(op, shape, in.get(0), in.get(1)))
        .kernel(MatrixSolve.class, (op, shape, in) -> solve(op, shape, in.get(0), in.get(1)))
        .kernel(
            BandPart.class,
            (op, shape, in) ->
                Index.build(
                    shape,
                    index -> {
                      int below = index[index.length - 2] - index[index.length - 1];
                      boolean kept =
                          (op.lower() < 0 || below <= op.lower())
                              && (op.upper() < 0 || -below <= op.upper());
                      return kept ? in.get(0).get(index) : 0;
                    }));
  }

  private static double product(MatMul op, Array a, Array b, int[] index) {
    int rank = index.length;
    int[] batch = Arrays.copyOf(index, rank - 2);
    int i = index[rank - 2];
    int j = index[rank - 1];
    double sum = 0;
    for (int k = 0; k < a.shape().dim(op.transposeLeft() ? -2 : -1); k++) {
      double left = op.transposeLeft() ? element(a, batch, k, i) : element(a, batch, i, k);
      double right = op.transposeRight() ? element(b, batch, j, k) : element(b, batch, k, j);
      sum += left * right;
    }
    return sum;
  }

  /** Row by row; only the lower triangle is read. */
  private static Array cholesky(Shape shape, Array a) {
    double[] l = new double[a.size()];
    Index.forEach(
        shape,
        index -> {
          int rank = index.length;
          int[] batch = Arrays.copyOf(index, rank - 2);
          int i = index[rank - 2];
          int j = index[rank - 1];
          if (j > i) {
            return;
          }
          double rest = a.get(index);
          for (int k = 0; k < j; k++) {
            rest -= at(l, shape, batch, i, k) * at(l, shape, batch, j, k);
          }
          l[Index.position(shape, index)] =
              i == j ? Math.sqrt(rest) : rest / at(l, shape, batch, j, j);
        });
    return Array.wrap(shape, l);
  }

  /** Substitution, forward for {@code L} and backward for {@code L^T}. */
  private static Array solve(TriangularSolve op, Shape shape, Array l, Array b) {
    double[] x = new double[b.size()];
    int rows = shape.dim(-2);
    Index.forEach(
        shape.withDim(-2, 1),
        index -> {
          int[] batch = Arrays.copyOf(index, index.length - 2);
          int column = index[index.length - 1];
          for (int step = 0; step < rows; step++) {
            int i = op.transposed() ? rows - 1 - step : step;
            double rest = element(b, batch, i, column);
            for (int done = 0; done < step; done++) {
              int k = op.transposed() ? rows - 1 - done : done;
              double coefficient =
                  op.transposed() ? element(l, batch, k, i) : element(l, batch, i, k);
              rest -= coefficient * at(x, shape, batch, k, column);
            }
            x[Index.position(shape, Index.append(batch, i, column))] =
                rest / element(l, batch, i, i);
          }
        });
    return Array.wrap(shape, x);
  }

  /** Gauss-Jordan elimination with partial pivoting. */
  private static Array solve(MatrixSolve op, Shape shape, Array a, Array b) {
    double[] x = new double[b.size()];
    int rows = shape.dim(-2);
    int columns = shape.dim(-1);
    Index.forEach(
        shape.withDim(-2, 1).withDim(-1, 1),
        index -> {
          int[] batch = Arrays.copyOf(index, index.length - 2);
          double[][] tableau = new double[rows][rows + columns];
          for (int i = 0; i < rows; i++) {
            for (int j = 0; j < rows; j++) {
              tableau[i][j] = op.transposed() ? element(a, batch, j, i) : element(a, batch, i, j);
            }
            for (int j = 0; j < columns; j++) {
              tableau[i][rows + j] = element(b, batch, i, j);
            }
          }
          eliminate(tableau);
          for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
              x[Index.position(shape, Index.append(batch, i, j))] = tableau[i][rows + j];
            }
          }
        });
    return Array.wrap(shape, x);
  }

  /** Makes the leading square the identity by operations on rows. */
  private static void eliminate(double[][] tableau) {
    for (int k = 0; k < tableau.length; k++) {
      int column = k;
      int pivot =
          IntStream.range(k, tableau.length)
              .boxed()
              .max(Comparator.comparingDouble(i -> Math.abs(tableau[i][column])))
              .orElseThrow();
      double[] row = tableau[pivot];
      tableau[pivot] = tableau[k];
      double scale = row[k];
      tableau[k] = Arrays.stream(row).map(value -> value / scale).toArray();
      for (int i = 0; i < tableau.length; i++) {
        double factor = i == k ? 0 : tableau[i][k];
        for (int j = 0; j < row.length; j++) {
          tableau[i][j] -= factor * tableau[k][j];
        }
      }
    }
  }

  private static double element(Array matrices, int[] batch, int row, int column) {
    return matrices.get(Index.append(batch, row, column));
  }

  private static double at(double[] values, Shape shape, int[] batch, int row, int column) {
    return values[Index.position(shape, Index.append(batch, row, column))];
  }
}
