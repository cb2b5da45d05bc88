package io.github.bilevel4j.eval;

import io.github.bilevel4j.shape.Array;
import java.util.Arrays;
import java.util.stream.IntStream;

/** Factorizations of small symmetric matrices on the host, in double precision. */
final class SymmetricMatrix {
  private static final int MOST_ROTATIONS = 60;

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

  /**
   * The eigenvalues, largest first: Householder reflections to a tridiagonal matrix, then QL with
   * implicit shifts (Golub and Van Loan, "Matrix Computations", chapter 8). {@code 4/3 n^3}
   * operations.
   */
  static double[] eigenvalues(double[][] symmetric) {
    int n = symmetric.length;
    double[][] a = Arrays.stream(symmetric).map(double[]::clone).toArray(double[][]::new);
    double[] off = new double[n];
    for (int k = 0; k < n - 2; k++) {
      off[k + 1] = reflect(a, k);
    }
    if (n > 1) {
      off[n - 1] = a[n - 1][n - 2];
    }
    double[] diagonal = IntStream.range(0, n).mapToDouble(i -> a[i][i]).toArray();
    rotate(diagonal, off);
    Arrays.sort(diagonal);
    return IntStream.range(0, n).mapToDouble(i -> diagonal[n - 1 - i]).toArray();
  }

  /** Makes column k zero below its subdiagonal element, which is returned. */
  private static double reflect(double[][] a, int k) {
    int n = a.length;
    double[] v = new double[n];
    double scale = 0;
    for (int i = k + 1; i < n; i++) {
      scale = Math.max(scale, Math.abs(a[i][k]));
    }
    if (scale == 0) {
      return 0;
    }
    for (int i = k + 1; i < n; i++) {
      v[i] = a[i][k] / scale;
    }
    double length = Math.sqrt(dot(v, v));
    double head = v[k + 1] > 0 ? -length : length;
    double half = length * length - head * v[k + 1];
    v[k + 1] -= head;
    double[] p = new double[n];
    for (int i = k + 1; i < n; i++) {
      p[i] = dot(a[i], v) / half;
    }
    double along = dot(p, v) / (2 * half);
    for (int i = k + 1; i < n; i++) {
      double pi = p[i] - along * v[i];
      for (int j = k + 1; j < n; j++) {
        a[i][j] -= pi * v[j] + v[i] * (p[j] - along * v[j]);
      }
    }
    return head * scale;
  }

  /** Diagonalizes a tridiagonal matrix, {@code off[i]} between the elements i - 1 and i. */
  private static void rotate(double[] d, double[] off) {
    int n = d.length;
    double[] e = Arrays.copyOf(Arrays.copyOfRange(off, Math.min(1, n), n), n);
    double largest = 0;
    for (int i = 0; i < n; i++) {
      largest = Math.max(largest, Math.abs(d[i]) + Math.abs(e[i]));
    }
    // A multiple of the largest too: below a zero eigenvalue nothing is small beside its neighbors.
    double negligible = Math.ulp(1.0) * largest * 0.01;
    for (int first = 0; first < n; first++) {
      for (int turn = 0; turn < MOST_ROTATIONS; turn++) {
        int last = first;
        while (last < n - 1
            && Math.abs(e[last])
                > Math.max(
                    negligible, Math.ulp(1.0) * (Math.abs(d[last]) + Math.abs(d[last + 1])))) {
          last++;
        }
        if (last == first) {
          break;
        }
        sweep(d, e, first, last);
      }
    }
  }

  private static void sweep(double[] d, double[] e, int first, int last) {
    double g = (d[first + 1] - d[first]) / (2 * e[first]);
    double r = Math.hypot(g, 1);
    g = d[last] - d[first] + e[first] / (g + Math.copySign(r, g));
    double s = 1;
    double c = 1;
    double p = 0;
    for (int i = last - 1; i >= first; i--) {
      double f = s * e[i];
      double b = c * e[i];
      r = Math.hypot(f, g);
      e[i + 1] = r;
      if (r == 0) {
        d[i + 1] -= p;
        e[last] = 0;
        return;
      }
      s = f / r;
      c = g / r;
      g = d[i + 1] - p;
      r = (d[i] - g) * s + 2 * c * b;
      p = s * r;
      d[i + 1] = g + p;
      g = c * r - b;
    }
    d[first] -= p;
    e[first] = g;
    e[last] = 0;
  }

  /** L with {@code L L^T} the matrix, which is positive definite. */
  static double[][] cholesky(double[][] matrix) {
    int n = matrix.length;
    double[][] l = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j <= i; j++) {
        double sum = matrix[i][j];
        for (int k = 0; k < j; k++) {
          sum -= l[i][k] * l[j][k];
        }
        l[i][j] = i == j ? Math.sqrt(sum) : sum / l[j][j];
      }
    }
    return l;
  }

  /** The rows x of {@code L x = b} for the rows b of a matrix. */
  static double[][] solvedRows(double[][] l, double[][] rows) {
    return Arrays.stream(rows)
        .parallel()
        .map(
            b -> {
              double[] x = b.clone();
              for (int i = 0; i < x.length; i++) {
                for (int k = 0; k < i; k++) {
                  x[i] -= l[i][k] * x[k];
                }
                x[i] /= l[i][i];
              }
              return x;
            })
        .toArray(double[][]::new);
  }
}
