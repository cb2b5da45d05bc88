package io.github.bilevel4j.shape;

import com.google.common.primitives.ImmutableIntArray;
import io.github.bilevel4j.check.UsageError;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The static shape of an array: its dimensions, outermost first. A scalar has rank 0.
 *
 * <p>Axes may be counted from the end: axis {@code -1} is the last one.
 */
public final class Shape {
  private static final Shape SCALAR = new Shape(ImmutableIntArray.of());

  private final ImmutableIntArray dims;

  private Shape(ImmutableIntArray dims) {
    this.dims = dims;
  }

  /** The shape with the given dimensions; {@code of()} is the scalar's. */
  public static Shape of(int... dims) {
    for (int dim : dims) {
      if (dim < 0) {
        throw UsageError.in("shape")
            .because("a dimension is negative, %d", dim)
            .row("dimensions", Arrays.toString(dims))
            .maybe("a size was computed from numbers that are too small.");
      }
    }
    return dims.length == 0 ? SCALAR : new Shape(ImmutableIntArray.copyOf(dims));
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
    return dims.stream().asLongStream().reduce(1, Math::multiplyExact);
  }

  /** The dimensions in a new array. */
  public int[] toArray() {
    return dims.toArray();
  }

  /** The same shape with another size along one axis. */
  public Shape withDim(int axis, int size) {
    int[] changed = toArray();
    changed[axis(axis)] = size;
    return of(changed);
  }

  /** The dimensions of this shape followed by those of another. */
  public Shape concat(Shape other) {
    return new Shape(
        ImmutableIntArray.builder(rank() + other.rank()).addAll(dims).addAll(other.dims).build());
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
