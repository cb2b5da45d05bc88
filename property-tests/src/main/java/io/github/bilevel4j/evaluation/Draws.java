package io.github.bilevel4j.evaluation;

import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Random arrays: the same ones for the same seed. */
public final class Draws {
  private final Random random;

  private Draws(Random random) {
    this.random = random;
  }

  /** The draws of a seed. */
  public static Draws seed(long seed) {
    return new Draws(new Random(seed));
  }

  /** Independent normal elements. */
  public Array normal(Shape shape) {
    return Array.fill(shape, i -> random.nextGaussian());
  }

  /** As {@link #normal(Shape)}. */
  public Array normal(int... dims) {
    return normal(Shape.of(dims));
  }

  /** Independent elements uniform in an interval. */
  public Array uniform(double low, double high, int... dims) {
    return Array.fill(Shape.of(dims), i -> low + (high - low) * random.nextDouble());
  }

  /** An integer from zero to below a bound. */
  public int integer(int bound) {
    return random.nextInt(bound);
  }

  /** Rows of unit length in independent directions. */
  public Array unitRows(Shape shape) {
    Array rows = normal(shape);
    int columns = shape.dim(1);
    return Array.fill(
        shape,
        i -> {
          double[] row = Rows.row(rows, i / columns);
          return row[i % columns] / Math.sqrt(Rows.dot(row, row));
        });
  }

  /** The numbers from zero to below a count in random order. */
  public List<Integer> order(int count) {
    List<Integer> order = IntStream.range(0, count).boxed().collect(Collectors.toList());
    Collections.shuffle(order, random);
    return order;
  }

  /** An orthogonal matrix: a Gaussian one by Gram and Schmidt. */
  public Array orthogonal(int size) {
    double[][] rows = new double[size][];
    for (int i = 0; i < size; i++) {
      double[] row = normal(size).toDoubles();
      // Twice, so that rounding leaves no trace.
      for (int pass = 0; pass < 2; pass++) {
        for (int j = 0; j < i; j++) {
          subtract(row, rows[j], Rows.dot(row, rows[j]));
        }
      }
      double norm = Math.sqrt(Rows.dot(row, row));
      rows[i] = IntStream.range(0, size).mapToDouble(k -> row[k] / norm).toArray();
    }
    return Array.matrix(rows);
  }

  /** A symmetric matrix with random eigenvectors and eigenvalues uniform in an interval. */
  public Array symmetric(double smallest, double largest, int size) {
    Array q = orthogonal(size);
    Array scaled = Rows.scaled(q, uniform(smallest, largest, size));
    return Rows.times(Rows.transposed(q), scaled);
  }

  private static void subtract(double[] from, double[] other, double factor) {
    for (int i = 0; i < from.length; i++) {
      from[i] -= factor * other[i];
    }
  }
}
