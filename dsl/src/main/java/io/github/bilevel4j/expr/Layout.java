package io.github.bilevel4j.expr;

import com.google.common.primitives.ImmutableIntArray;
import com.google.common.primitives.Ints;
import io.github.bilevel4j.op.BroadcastTo;
import io.github.bilevel4j.op.Pad;
import io.github.bilevel4j.op.Reshape;
import io.github.bilevel4j.op.Reverse;
import io.github.bilevel4j.op.Slice;
import io.github.bilevel4j.op.Transpose;
import io.github.bilevel4j.shape.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** The same elements in another arrangement. */
public sealed interface Layout permits Expr {

  /** The elements in row-major order under another shape; one dimension may be -1. */
  default Expr reshape(int... dims) {
    int[] target = dims.clone();
    int unknown = Ints.indexOf(target, -1);
    if (unknown >= 0) {
      target[unknown] = 1;
      long known = Shape.of(target).size();
      target[unknown] = known == 0 ? 0 : (int) (((Expr) this).shape().size() / known);
    }
    return reshape(Shape.of(target));
  }

  /** The elements in row-major order under another shape. */
  default Expr reshape(Shape target) {
    Expr self = (Expr) this;
    return self.shape().equals(target) ? self : Expr.of(new Reshape(target), self);
  }

  /** All axes from the second on joined into one: {@code [n, ...] -> [n, size]}. */
  default Expr flattened() {
    return reshape(((Expr) this).shape().dim(0), -1);
  }

  /** With a new axis of size one, counted in the result. */
  default Expr unsqueezed(int axis) {
    Shape shape = ((Expr) this).shape();
    int position = shape.concat(Shape.of(1)).axis(axis);
    List<Integer> dims = new ArrayList<>(Ints.asList(shape.toArray()));
    dims.add(position, 1);
    return reshape(Shape.of(Ints.toArray(dims)));
  }

  /** The axes in another order: result axis {@code i} is axis {@code permutation[i]} of this. */
  default Expr permuted(int... permutation) {
    Expr self = (Expr) this;
    boolean identity =
        permutation.length == self.shape().rank()
            && IntStream.range(0, permutation.length).allMatch(i -> permutation[i] == i);
    return identity ? self : Expr.of(new Transpose(ImmutableIntArray.copyOf(permutation)), self);
  }

  /** The last two axes exchanged: the transposed matrices. */
  default Expr transposed() {
    int rank = ((Expr) this).shape().rank();
    ((Expr) this).shape().axis(-2);
    int[] permutation = IntStream.range(0, rank).toArray();
    permutation[rank - 2] = rank - 1;
    permutation[rank - 1] = rank - 2;
    return permuted(permutation);
  }

  /** Repeated along axes that are missing or of size one. */
  default Expr broadcastTo(Shape target) {
    Expr self = (Expr) this;
    if (self.shape().equals(target)) {
      return self;
    }
    return Expr.of(new BroadcastTo(target), self);
  }

  /** The elements {@code from} (inclusive) to {@code to} (exclusive) along an axis. */
  default Expr slice(int axis, int from, int to) {
    Expr self = (Expr) this;
    int along = self.shape().axis(axis);
    if (from == 0 && to == self.shape().dim(along)) {
      return self;
    }
    Slice.requireInside(self, along, from, to);
    int[] start = new int[self.shape().rank()];
    start[along] = from;
    int size = Math.max(to - from, 0);
    return Expr.of(
        new Slice(ImmutableIntArray.copyOf(start), self.shape().withDim(along, size)), self);
  }

  /** The element at a position along an axis, which disappears. */
  default Expr at(int axis, int position) {
    Shape shape = ((Expr) this).shape();
    List<Integer> dims = new ArrayList<>(Ints.asList(shape.toArray()));
    dims.remove(shape.axis(axis));
    return slice(axis, position, position + 1).reshape(Shape.of(Ints.toArray(dims)));
  }

  /** With {@code before} and {@code after} copies of a number put around along an axis. */
  default Expr padded(int axis, int before, int after, double value) {
    Expr self = (Expr) this;
    if (before == 0 && after == 0) {
      return self;
    }
    int along = self.shape().axis(axis);
    int[] first = new int[self.shape().rank()];
    int[] last = new int[self.shape().rank()];
    first[along] = before;
    last[along] = after;
    return Expr.of(
        new Pad(ImmutableIntArray.copyOf(first), ImmutableIntArray.copyOf(last), value), self);
  }

  /** The elements along an axis in opposite order. */
  default Expr reversed(int axis) {
    return Expr.of(new Reverse(((Expr) this).shape().axis(axis)), (Expr) this);
  }

  /** Copies of the whole one after another along the first axis. */
  default Expr tiled(int copies) {
    Expr self = (Expr) this;
    Shape shape = self.shape();
    return self.unsqueezed(0)
        .broadcastTo(Shape.of(copies).concat(shape))
        .reshape(shape.withDim(0, (long) copies * shape.dim(0)));
  }
}
