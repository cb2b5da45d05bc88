package io.github.bilevel4j.shape;

import io.github.bilevel4j.check.UsageError;
import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import java.util.stream.Stream;

/**
 * An immutable array of numbers on the host, row-major. Values are doubles whatever the precision
 * of the device: they are rounded when they are sent there.
 */
public final class Array {
  private final Shape shape;
  private final double[] values;

  private Array(Shape shape, double[] values) {
    this.shape = shape;
    this.values = values;
  }

  /** A scalar. */
  public static Array scalar(double value) {
    return new Array(Shape.scalar(), new double[] {value});
  }

  /** An array of rank one. */
  public static Array vector(double... values) {
    return new Array(Shape.of(values.length), values.clone());
  }

  /**
   * A matrix from its rows.
   *
   * @throws IllegalArgumentException if the rows differ in length
   */
  public static Array matrix(double[]... rows) {
    int columns = rows.length == 0 ? 0 : rows[0].length;
    for (double[] row : rows) {
      if (row.length != columns) {
        throw UsageError.in("matrix")
            .because("rows differ in length, %d and %d", columns, row.length)
            .maybe("a row was cut short.");
      }
    }
    return new Array(
        Shape.of(rows.length, columns), Stream.of(rows).flatMapToDouble(Arrays::stream).toArray());
  }

  /**
   * The array with the given shape and row-major values.
   *
   * @throws IllegalArgumentException if their number is not the shape's size
   */
  public static Array of(Shape shape, double... values) {
    return wrap(shape, values.clone());
  }

  /** An array filled with a function of the row-major position. */
  public static Array fill(Shape shape, IntToDoubleFunction value) {
    double[] values = allocated(shape);
    Arrays.setAll(values, value);
    return new Array(shape, values);
  }

  private static double[] allocated(Shape shape) {
    long bytes = shape.size() * Double.BYTES;
    if (bytes > Runtime.getRuntime().maxMemory()) {
      throw UsageError.in("array")
          .because("an array on the host needs more memory than Java has")
          .row("shape", shape.toString())
          .row("needed", (bytes >> 20) + " MiB")
          .row("Java has", (Runtime.getRuntime().maxMemory() >> 20) + " MiB")
          .maybe("java -Xmx%dg helps.", (bytes >> 30) + 2);
    }
    return new double[(int) shape.size()];
  }

  /** As {@link #of}, but keeps the given values themselves: the caller must not change them. */
  public static Array wrap(Shape shape, double[] values) {
    if (values.length != shape.size()) {
      throw UsageError.in("array")
          .because("%d values do not fill the shape %s", values.length, shape)
          .maybe("the shape should have %d elements.", values.length);
    }
    return new Array(shape, values);
  }

  /** The static shape. */
  public Shape shape() {
    return shape;
  }

  /** Number of elements. */
  public int size() {
    return values.length;
  }

  /** The element at a row-major position. */
  public double at(int position) {
    return values[position];
  }

  /** The element at an index, one number per axis. */
  public double get(int... index) {
    int position = 0;
    for (int axis = 0; axis < shape.rank(); axis++) {
      position = position * shape.dim(axis) + index[axis];
    }
    return values[position];
  }

  /**
   * The value of a scalar.
   *
   * @throws IllegalArgumentException if there is more than one element
   */
  public double scalarValue() {
    if (values.length != 1) {
      throw UsageError.in("scalar value")
          .because("the array has %d elements", values.length)
          .row("shape", shape.toString())
          .maybe("a reduction is missing.");
    }
    return values[0];
  }

  /** The row-major values in a new Java array. */
  public double[] toDoubles() {
    return values.clone();
  }

  /** The same values in another shape of the same size. */
  public Array reshape(int... dims) {
    return wrap(Shape.of(dims), values);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Array array
        && shape.equals(array.shape)
        && Arrays.equals(values, array.values);
  }

  @Override
  public int hashCode() {
    return 31 * shape.hashCode() + Arrays.hashCode(values);
  }

  /** The shape and the first few values. */
  @Override
  public String toString() {
    if (shape.isScalar()) {
      return Double.toString(values[0]);
    }
    String shown = Arrays.toString(Arrays.copyOf(values, Math.min(6, values.length)));
    return shape + (values.length > 6 ? shown.replace("]", ", ...]") : shown);
  }
}
