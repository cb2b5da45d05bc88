package io.github.bilevel4j.evaluation;

import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import java.util.stream.IntStream;

/** Matrices on the host as rows. */
public final class Rows {
  private Rows() {}

  /** A row. */
  public static double[] row(Array matrix, int index) {
    int columns = matrix.shape().dim(1);
    return IntStream.range(0, columns).mapToDouble(j -> matrix.get(index, j)).toArray();
  }

  /** The inner product. */
  public static double dot(double[] left, double[] right) {
    return IntStream.range(0, left.length).mapToDouble(i -> left[i] * right[i]).sum();
  }

  /** The sum of the products of all elements. */
  public static double dot(Array left, Array right) {
    return dot(left.toDoubles(), right.toDoubles());
  }

  /** The matrix product. */
  public static Array times(Array left, Array right) {
    Array columns = transposed(right);
    int width = right.shape().dim(1);
    return Array.fill(
        Shape.of(left.shape().dim(0), width),
        i -> dot(row(left, i / width), row(columns, i % width)));
  }

  /** The transposed matrix. */
  public static Array transposed(Array matrix) {
    int rows = matrix.shape().dim(0);
    return Array.fill(Shape.of(matrix.shape().dim(1), rows), i -> matrix.get(i % rows, i / rows));
  }

  /** Each row times a factor of its own. */
  public static Array scaled(Array matrix, Array factors) {
    int columns = matrix.shape().dim(1);
    return Array.fill(matrix.shape(), i -> matrix.at(i) * factors.at(i / columns));
  }

  /** The same vector added to each row. */
  public static Array shifted(Array matrix, Array vector) {
    int columns = matrix.shape().dim(1);
    return Array.fill(matrix.shape(), i -> matrix.at(i) + vector.at(i % columns));
  }

  /** The rows in another order. */
  public static Array ordered(Array matrix, List<Integer> order) {
    int columns = matrix.shape().dim(1);
    return Array.fill(matrix.shape(), i -> matrix.get(order.get(i / columns), i % columns));
  }

  /** The largest absolute element. */
  public static double largest(Array array) {
    return IntStream.range(0, array.size()).mapToDouble(i -> Math.abs(array.at(i))).max().orElse(0);
  }

  /** The largest absolute difference of two arrays of equal size. */
  public static double difference(Array left, Array right) {
    return largest(Array.fill(left.shape(), i -> left.at(i) - right.at(i)));
  }
}
