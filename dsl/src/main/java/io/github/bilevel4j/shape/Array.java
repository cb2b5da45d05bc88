package io.github.bilevel4j.shape;

import io.github.bilevel4j.check.UsageError;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * An immutable array of numbers on the host, row-major. Values are doubles whatever the precision
 * of the device: they are rounded when they are sent there. What comes from a device in single
 * precision is kept in it, in half of the memory. Images may be kept as bytes, see {@link
 * #ofSamples}.
 */
public final class Array {
  private final Shape shape;
  private final Store store;

  private Array(Shape shape, Store store) {
    this.shape = shape;
    this.store = store;
  }

  private Array(Shape shape, double[] values) {
    this(shape, new Doubles(values));
  }

  /** Where the values are. */
  private sealed interface Store {
    double at(int position);

    double[] toDoubles();
  }

  private static final class Doubles implements Store {
    final double[] values;

    Doubles(double[] values) {
      this.values = values;
    }

    @Override
    public double at(int position) {
      return values[position];
    }

    @Override
    public double[] toDoubles() {
      return values.clone();
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Doubles doubles
          ? Arrays.equals(values, doubles.values)
          : other instanceof Floats floats && Arrays.equals(values, floats.toDoubles());
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(values);
    }
  }

  /** Numbers in single precision: equal to doubles of the same values. */
  private static final class Floats implements Store {
    final float[] values;

    Floats(float[] values) {
      this.values = values;
    }

    @Override
    public double at(int position) {
      return values[position];
    }

    @Override
    public double[] toDoubles() {
      double[] doubles = new double[values.length];
      Arrays.setAll(doubles, this::at);
      return doubles;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Floats floats
          ? Arrays.equals(values, floats.values)
          : other instanceof Doubles doubles && Arrays.equals(toDoubles(), doubles.values);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(toDoubles());
    }
  }

  /** Rows of equal length. */
  private static final class Samples implements Store {
    final byte[][] rows;
    final int row;

    Samples(byte[][] rows, int row) {
      this.rows = rows;
      this.row = row;
    }

    @Override
    public double at(int position) {
      return (rows[position / row][position % row] & 0xff) / LARGEST_SAMPLE;
    }

    @Override
    public double[] toDoubles() {
      double[] values = new double[rows.length * row];
      for (int i = 0; i < rows.length; i++) {
        for (int j = 0; j < row; j++) {
          values[i * row + j] = (rows[i][j] & 0xff) / LARGEST_SAMPLE;
        }
      }
      return values;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Samples samples
          && (rows == samples.rows || Arrays.deepEquals(rows, samples.rows));
    }

    /** Of one row: there may be gigabytes. */
    @Override
    public int hashCode() {
      return Arrays.hashCode(rows[0]);
    }
  }

  private static final double LARGEST_SAMPLE = 255;

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
    requireFilled(shape, values.length);
    return new Array(shape, values);
  }

  /** As {@link #wrap(Shape, double[])}, of numbers in single precision, which stay so. */
  public static Array wrap(Shape shape, float[] values) {
    requireFilled(shape, values.length);
    return new Array(shape, new Floats(values));
  }

  private static void requireFilled(Shape shape, int values) {
    if (values != shape.size()) {
      throw UsageError.in("array")
          .because("%d values do not fill the shape %s", values, shape)
          .maybe("the shape should have %d elements.", values);
    }
  }

  /**
   * Images by their unsigned 8-bit samples, of which the values are {@code sample / 255}. They stay
   * bytes until the device computes with them: a constant that is gathered from is bytes there,
   * too, and so is what an {@link io.github.bilevel4j.expr.Expr#samplesInput} is fed. Such an array
   * equals others of samples alone.
   *
   * @param shape of rank one or more
   * @param rows the samples at each position of the first axis; they are kept: the caller must not
   *     change them
   * @throws IllegalArgumentException if there is no row or sample, or the rows do not fill the
   *     shape
   */
  public static Array ofSamples(Shape shape, byte[][] rows) {
    boolean filled = shape.rank() > 0 && shape.size() > 0 && shape.dim(0) == rows.length;
    long row = filled ? shape.size() / rows.length : 0;
    if (!filled || !Stream.of(rows).allMatch(each -> each.length == row)) {
      throw UsageError.in("array of samples")
          .because("%d rows do not fill the shape %s", rows.length, shape)
          .maybe("the first axis should count the images.");
    }
    return new Array(shape, new Samples(rows, (int) row));
  }

  /** The rows of an array that {@link #ofSamples} made, which must not be changed, or none. */
  public Optional<byte[][]> samples() {
    return store instanceof Samples samples ? Optional.of(samples.rows) : Optional.empty();
  }

  /** The static shape. */
  public Shape shape() {
    return shape;
  }

  /** Number of elements. */
  public int size() {
    return (int) shape.size();
  }

  /** The element at a row-major position. */
  public double at(int position) {
    return store.at(position);
  }

  /** The element at an index, one number per axis. */
  public double get(int... index) {
    int position = 0;
    for (int axis = 0; axis < shape.rank(); axis++) {
      position = position * shape.dim(axis) + index[axis];
    }
    return at(position);
  }

  /**
   * The value of a scalar.
   *
   * @throws IllegalArgumentException if there is more than one element
   */
  public double scalarValue() {
    if (size() != 1) {
      throw UsageError.in("scalar value")
          .because("the array has %d elements", size())
          .row("shape", shape.toString())
          .maybe("a reduction is missing.");
    }
    return at(0);
  }

  /** The row-major values in a new Java array. */
  public double[] toDoubles() {
    return store.toDoubles();
  }

  /** The row-major values, rounded to single precision, in a new Java array. */
  public float[] toFloats() {
    if (store instanceof Floats floats) {
      return floats.values.clone();
    }
    float[] rounded = new float[size()];
    for (int i = 0; i < rounded.length; i++) {
      rounded[i] = (float) at(i);
    }
    return rounded;
  }

  /** The same values in another shape of the same size. */
  public Array reshape(int... dims) {
    Shape reshaped = Shape.of(dims);
    requireFilled(reshaped, size());
    return new Array(reshaped, store instanceof Samples ? new Doubles(toDoubles()) : store);
  }

  /**
   * The array of the given shape whose element at {@code index} is that at the row-major position
   * {@code sum_k index_k stride_k} of this one, as PyTorch's {@code as_strided}: a transposed array
   * or a diagonal, for instance. Single precision stays.
   *
   * @param strides one for each axis
   * @throws IllegalArgumentException if there is another number of strides, one is negative, or an
   *     element would lie beyond the last one
   */
  public Array asStrided(Shape strided, int... strides) {
    requireWithin(strided, strides);
    Walk walk = new Walk(strided.toArray(), strides);
    if (store instanceof Floats floats) {
      float[] values = new float[(int) strided.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = floats.values[walk.next()];
      }
      return new Array(strided, new Floats(values));
    }
    double[] values = allocated(strided);
    for (int i = 0; i < values.length; i++) {
      values[i] = at(walk.next());
    }
    return new Array(strided, values);
  }

  private void requireWithin(Shape strided, int... strides) {
    long last = 0;
    boolean fits = strides.length == strided.rank();
    for (int axis = 0; fits && axis < strides.length; axis++) {
      fits = strides[axis] >= 0;
      last += (strided.dim(axis) - 1L) * strides[axis];
    }
    if (!fits || (strided.size() > 0 && last >= size())) {
      throw UsageError.in("as strided")
          .because("%s by strides %s is not within %s", strided, Arrays.toString(strides), shape)
          .error();
    }
  }

  /** The positions of a strided array's elements one after another. */
  private static final class Walk {
    final int[] dims;
    final int[] strides;
    final int[] index;
    int at;

    Walk(int[] dims, int... strides) {
      this.dims = dims;
      this.strides = strides;
      this.index = new int[dims.length];
    }

    int next() {
      int now = at;
      for (int axis = dims.length - 1; axis >= 0; axis--) {
        at += strides[axis];
        index[axis]++;
        if (index[axis] < dims[axis]) {
          break;
        }
        at -= index[axis] * strides[axis];
        index[axis] = 0;
      }
      return now;
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Array array && shape.equals(array.shape) && store.equals(array.store);
  }

  @Override
  public int hashCode() {
    return 31 * shape.hashCode() + store.hashCode();
  }

  /** The shape and the first few values. */
  @Override
  public String toString() {
    if (shape.isScalar()) {
      return Double.toString(at(0));
    }
    double[] first = IntStream.range(0, Math.min(6, size())).mapToDouble(this::at).toArray();
    String shown = Arrays.toString(first);
    return shape + (size() > 6 ? shown.replace("]", ", ...]") : shown);
  }
}
