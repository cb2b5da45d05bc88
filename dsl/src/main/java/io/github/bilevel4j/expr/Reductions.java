package io.github.bilevel4j.expr;

import com.google.common.collect.ImmutableSortedSet;
import com.google.common.primitives.Ints;
import io.github.bilevel4j.op.ArgMax;
import io.github.bilevel4j.op.Reduction;
import io.github.bilevel4j.shape.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Reductions over the named axes, or over all if none is named. Reduced axes disappear; the
 * operations ending in {@code Keeping} keep them with size one.
 */
public sealed interface Reductions permits Expr {

  /** The sum. */
  default Expr sum(int... axes) {
    return dropped(sumKeeping(axes), axes);
  }

  /** The sum, reduced axes kept with size one. */
  default Expr sumKeeping(int... axes) {
    return reduced(Reduction.Kind.SUM, axes);
  }

  /** The mean. */
  default Expr mean(int... axes) {
    return sum(axes).dividedBy(count(axes));
  }

  /** The mean, reduced axes kept with size one. */
  default Expr meanKeeping(int... axes) {
    return sumKeeping(axes).dividedBy(count(axes));
  }

  /**
   * The largest element, not a number if one is none, minus infinity if there are none. Equal ones
   * share the derivative.
   */
  default Expr max(int... axes) {
    return dropped(maxKeeping(axes), axes);
  }

  /** The largest element, reduced axes kept with size one. */
  default Expr maxKeeping(int... axes) {
    return reduced(Reduction.Kind.MAX, axes);
  }

  /** The smallest element; otherwise as {@link #max}. */
  default Expr min(int... axes) {
    return ((Expr) this).negated().max(axes).negated();
  }

  /** The variance with divisor n (biased). */
  default Expr variance(int... axes) {
    return centered(axes).squared().mean(axes);
  }

  /** This minus its mean over the axes. */
  default Expr centered(int... axes) {
    return ((Expr) this).minus(meanKeeping(axes));
  }

  /**
   * {@code log sum exp(this)} over the axes, computed without overflow: minus infinity if all
   * elements are, infinity if one is. Its gradient is the softmax, which is not a number where the
   * sum is zero or infinite.
   */
  default Expr logSumExp(int... axes) {
    return dropped(logSumExpKeeping(axes), axes);
  }

  /** As {@link #logSumExp}, reduced axes kept with size one. */
  default Expr logSumExpKeeping(int... axes) {
    Expr self = (Expr) this;
    Expr largest = self.maxKeeping(axes).detached();
    // What is infinite is not subtracted from itself.
    Expr shift = largest.abs().lessThan(Double.POSITIVE_INFINITY).where(largest, Expr.constant(0));
    return self.minus(shift).exp().sumKeeping(axes).log().plus(shift);
  }

  /** {@code exp(this) / sum exp(this)} along an axis. */
  default Expr softmax(int axis) {
    return logSoftmax(axis).exp();
  }

  /** {@code this - log sum exp(this)} along an axis. */
  default Expr logSoftmax(int axis) {
    return ((Expr) this).minus(logSumExpKeeping(axis));
  }

  /** The sum of products with another expression of the same shape, a scalar. */
  default Expr dot(Expr other) {
    return ((Expr) this).times(other).sum();
  }

  /**
   * The Euclidean norm over the axes. Where it is zero its derivative is taken as zero, to any
   * order; products with it as a factor have their true derivatives, {@code norm().squared()} for
   * instance the Hessian {@code 2 I}. See {@link Elementwise#guardedSqrt} for what is not seen.
   */
  default Expr norm(int... axes) {
    return ((Expr) this).squared().sum(axes).guardedSqrt();
  }

  /**
   * Unit vectors along an axis, {@code x / max(||x||, 1e-12)}, as PyTorch's {@code normalize}. A
   * zero vector stays zero and its derivative is finite: near it this is {@code 1e12 x}.
   */
  default Expr normalized(int axis) {
    Expr self = (Expr) this;
    Expr norm = self.norm(axis).unsqueezed(axis);
    return self.dividedBy(norm.maximum(1e-12));
  }

  /**
   * The position of the first largest element along an axis; that of the first that is not a
   * number, if there is any, as in NumPy.
   *
   * @throws IllegalArgumentException if there is no such axis, or it has no elements
   */
  default Expr argMax(int axis) {
    return Expr.of(new ArgMax(((Expr) this).shape().axis(axis)), (Expr) this);
  }

  private Expr reduced(Reduction.Kind kind, int... axes) {
    ImmutableSortedSet<Integer> reducedAxes = axes(axes);
    return reducedAxes.isEmpty()
        ? (Expr) this
        : Expr.of(new Reduction(kind, reducedAxes), (Expr) this);
  }

  private Expr dropped(Expr kept, int... axes) {
    List<Integer> dims = new ArrayList<>(Ints.asList(kept.shape().toArray()));
    axes(axes).stream().sorted(Comparator.reverseOrder()).forEach(axis -> dims.remove((int) axis));
    return kept.reshape(Shape.of(Ints.toArray(dims)));
  }

  private double count(int... axes) {
    Shape shape = ((Expr) this).shape();
    return axes(axes).stream().mapToLong(shape::dim).reduce(1, Math::multiplyExact);
  }

  private ImmutableSortedSet<Integer> axes(int... axes) {
    Shape shape = ((Expr) this).shape();
    IntStream stream =
        axes.length == 0 ? IntStream.range(0, shape.rank()) : Arrays.stream(axes).map(shape::axis);
    return stream
        .boxed()
        .collect(ImmutableSortedSet.toImmutableSortedSet(Comparator.naturalOrder()));
  }
}
