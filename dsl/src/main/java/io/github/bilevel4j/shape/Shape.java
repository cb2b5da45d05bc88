package io.github.bilevel4j.shape;

import com.google.common.primitives.ImmutableIntArray;
import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import io.github.bilevel4j.check.UsageError;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The static shape of an array: its dimensions, outermost first. A scalar has rank 0.
 *
 * <p>Axes may be counted from the end: axis {@code -1} is the last one.
 *
 * <p>There are at most {@value #MAX_RANK} axes and {@value #MAX_SIZE} elements, the most that all
 * operations of a device and an array of Java can hold.
 */
public final class Shape {
  /** The largest number of axes. */
  public static final int MAX_RANK = 8;

  /** The largest number of elements. */
  public static final int MAX_SIZE = Integer.MAX_VALUE - 8;

  private static final Shape SCALAR = new Shape(ImmutableIntArray.of());

  private final ImmutableIntArray dims;
  private final long size;

  private Shape(ImmutableIntArray dims) {
    this.dims = dims;
    this.size = dims.stream().asLongStream().reduce(1, Math::multiplyExact);
  }

  /**
   * The shape with the given dimensions; {@code of()} is the scalar's.
   *
   * @throws IllegalArgumentException if a dimension is negative, or there are more than {@value
   *     #MAX_RANK} axes or {@value #MAX_SIZE} elements
   */
  public static Shape of(int... dims) {
    return ofSizes(Arrays.stream(dims).asLongStream().toArray());
  }

  /** As {@link #of}, of dimensions that were computed without overflow. */
  public static Shape ofSizes(long... dims) {
    if (dims.length == 0) {
      return SCALAR;
    }
    if (dims.length > MAX_RANK) {
      throw mistake(dims, "there are %d axes, at most %d are possible", dims.length, MAX_RANK)
          .maybe("some of them should be joined by a reshape.");
    }
    for (long dim : dims) {
      if (dim < 0) {
        throw mistake(dims, "a dimension is negative, %d", dim)
            .maybe("a size was computed from numbers that are too small.");
      }
    }
    // Also where another dimension is zero: the single ones must be numbers that a device takes.
    double size = 1;
    for (long dim : dims) {
      size *= Math.max(dim, 1);
    }
    if (size > MAX_SIZE) {
      throw mistake(
              dims, "the sizes multiply to %.3g, at most %d elements are possible", size, MAX_SIZE)
          .maybe("it should be computed in parts, or a size is wrong.");
    }
    return new Shape(
        ImmutableIntArray.copyOf(Arrays.stream(dims).mapToInt(Math::toIntExact).toArray()));
  }

  @FormatMethod
  private static UsageError.Message mistake(
      long[] dims, @FormatString String reason, Object... arguments) {
    return UsageError.in("shape")
        .because(reason, arguments)
        .row("dimensions", Arrays.toString(dims));
  }

  /** The shape of a scalar. */
  public static Shape scalar() {
    return SCALAR;
  }

  /** Number of axes. */
  public int rank() {
    return dims.length();
  }

  /** True for rank 0. */
  public boolean isScalar() {
    return rank() == 0;
  }

  /** Size along an axis; negative axes count from the end. */
  public int dim(int axis) {
    return dims.get(axis(axis));
  }

  /** The axis counted from the front, in {@code 0..rank-1}. */
  public int axis(int axis) {
    int fromFront = axis < 0 ? axis + rank() : axis;
    if (fromFront < 0 || fromFront >= rank()) {
      throw UsageError.in("axis")
          .because("axis %d does not exist", axis)
          .row("shape", toString())
          .maybe(
              "%s",
              rank() == 0
                  ? "a scalar was given where an array was meant."
                  : "an axis in " + -rank() + ".." + (rank() - 1) + " was meant.");
    }
    return fromFront;
  }

  /** Number of elements. */
  public long size() {
    return size;
  }

  /** The dimensions in a new array. */
  public int[] toArray() {
    return dims.toArray();
  }

  /** The same shape with another size along one axis. */
  public Shape withDim(int axis, long size) {
    long[] changed = dims.stream().asLongStream().toArray();
    changed[axis(axis)] = size;
    return ofSizes(changed);
  }

  /** The dimensions of this shape followed by those of another. */
  public Shape concat(Shape other) {
    return of(
        ImmutableIntArray.builder(rank() + other.rank())
            .addAll(dims)
            .addAll(other.dims)
            .build()
            .toArray());
  }

  /** The axes {@code from} (inclusive) to {@code to} (exclusive), counted from the front. */
  public Shape sub(int from, int to) {
    return new Shape(dims.subArray(from, to).trimmed());
  }

  /**
   * The shape that two operands have after broadcasting: shapes are aligned at their last axis and
   * dimensions of size one are stretched. Empty when they cannot be aligned.
   */
  public Optional<Shape> broadcastWith(Shape other) {
    int rank = Math.max(rank(), other.rank());
    int[] result = new int[rank];
    for (int i = 1; i <= rank; i++) {
      int a = i <= rank() ? dim(-i) : 1;
      int b = i <= other.rank() ? other.dim(-i) : 1;
      if (a != b && a != 1 && b != 1) {
        return Optional.empty();
      }
      result[rank - i] = a == 1 ? b : a;
    }
    return Optional.of(of(result));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape shape && dims.equals(shape.dims);
  }

  @Override
  public int hashCode() {
    return dims.hashCode();
  }

  /** For instance {@code [256, 128]}; {@code []} for a scalar. */
  @Override
  public String toString() {
    return dims.stream().mapToObj(Integer::toString).collect(Collectors.joining(", ", "[", "]"));
  }
}
