package io.github.bilevel4j.expr;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.op.CumulativeSum;
import io.github.bilevel4j.op.Sort;
import io.github.bilevel4j.shape.Shape;
import java.util.stream.IntStream;

/**
 * Operations along one axis in which the order of the elements counts: sorting, the k largest, and
 * running sums.
 *
 * <p>Sorting is stable: equal elements keep the order of their positions, also among the k largest.
 * An element that is not a number counts as larger than every number, as infinite ones do: it comes
 * last in ascending order and first among the k largest. Values are differentiated for a fixed
 * order, which is right wherever no two elements are equal; positions and ranks have the derivative
 * zero. Positions are exact up to the whole numbers of the precision, 2^24 in float32.
 */
public sealed interface Ordering permits Expr {

  /**
   * The elements along an axis in ascending order: {@code y_i = x_p(i)} with {@code p} the {@link
   * #argSort}, in the shape of x.
   *
   * @throws IllegalArgumentException if there is no such axis
   */
  default Expr sorted(int axis) {
    return sortedBy((Expr) this, axis);
  }

  /**
   * These elements along an axis in the ascending order of keys: {@code y_i = x_p(i)} with {@code
   * p} the {@link #argSort} of the keys. Nothing is differentiated through the keys.
   *
   * @throws IllegalArgumentException if there is no such axis, or if the keys have another shape
   */
  default Expr sortedBy(Expr keys, int axis) {
    Expr self = (Expr) this;
    int along = self.shape().axis(axis);
    return gathered(keys, self, along, false, self.shape().dim(along));
  }

  /**
   * The positions along an axis of the elements in ascending order, whole numbers in the shape of
   * x. {@code x.argSort(0).slice(0, 0, 1)} is the position of the smallest element.
   *
   * @throws IllegalArgumentException if there is no such axis
   */
  default Expr argSort(int axis) {
    return positions(axis).sortedBy((Expr) this, axis);
  }

  /**
   * The position of each element in ascending order along an axis, counted from zero, in the shape
   * of x: the inverse permutation of {@link #argSort}.
   *
   * @throws IllegalArgumentException if there is no such axis
   */
  default Expr ranks(int axis) {
    Expr self = (Expr) this;
    int along = self.shape().axis(axis);
    Expr keys = last(self, along);
    return last(Expr.of(new Sort.Scatter(false), keys, last(positions(along), along)), along);
  }

  /**
   * The k largest elements along an axis, the largest first, and their positions; the axis has the
   * size k in both.
   *
   * @throws IllegalArgumentException if there is no such axis, or if k is negative or greater than
   *     its size
   */
  default TopK topK(int k, int axis) {
    Expr self = (Expr) this;
    int along = self.shape().axis(axis);
    if (k < 0 || k > self.shape().dim(along)) {
      throw UsageError.in("top-k")
          .because("k must be in 0..%d, got %d", self.shape().dim(along), k)
          .row("operand", self.label(), self.shape().toString())
          .maybe("another axis than %d was meant.", axis);
    }
    return new TopK(
        gathered(self, self, along, true, k), gathered(self, positions(along), along, true, k));
  }

  /**
   * Running sums along an axis: {@code y_i = x_0 + ... + x_i}, in the shape of x. What is not a
   * number, and what is infinite, reaches all later sums.
   *
   * @throws IllegalArgumentException if there is no such axis
   */
  default Expr cumsum(int axis) {
    return summed(axis, false);
  }

  /**
   * Running sums along an axis without the element itself: {@code y_0 = 0} and {@code y_i = x_0 +
   * ... + x_(i-1)}, in the shape of x.
   *
   * @throws IllegalArgumentException if there is no such axis
   */
  default Expr exclusiveCumsum(int axis) {
    return summed(axis, true);
  }

  private Expr summed(int axis, boolean exclusive) {
    Expr self = (Expr) this;
    return Expr.of(new CumulativeSum(self.shape().axis(axis), exclusive, false), self);
  }

  private static Expr gathered(Expr keys, Expr values, int axis, boolean descending, int count) {
    Sort.Gather sort = new Sort.Gather(descending, count);
    return last(Expr.of(sort, last(keys, axis), last(values, axis)), axis);
  }

  /** The position of each element along an axis. */
  private Expr positions(int axis) {
    Shape shape = ((Expr) this).shape();
    int along = shape.axis(axis);
    int[] dims = IntStream.range(0, shape.rank()).map(i -> i == along ? shape.dim(i) : 1).toArray();
    return Expr.range(shape.dim(along)).reshape(dims).broadcastTo(shape);
  }

  /** With an axis and the last one exchanged, which undoes itself. */
  private static Expr last(Expr x, int axis) {
    int end = x.shape().rank() - 1;
    return x.permuted(
        IntStream.rangeClosed(0, end).map(i -> i == axis ? end : i == end ? axis : i).toArray());
  }
}
