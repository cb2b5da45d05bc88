package io.github.bilevel4j.autodiff.rule;

import com.google.common.primitives.ImmutableIntArray;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.BroadcastTo;
import io.github.bilevel4j.op.Concat;
import io.github.bilevel4j.op.Pad;
import io.github.bilevel4j.op.Reshape;
import io.github.bilevel4j.op.Reverse;
import io.github.bilevel4j.op.Slice;
import io.github.bilevel4j.op.Transpose;
import io.github.bilevel4j.shape.Shape;
import java.util.stream.IntStream;

/**
 * Arrangements of elements: the adjoint goes back to where its element came from. Those of a
 * broadcast element are summed by whoever applies the rule.
 */
final class LayoutRules {
  private LayoutRules() {}

  static RuleTable table() {
    return new RuleTable()
        .rule(Reshape.class, (op, y, i, a) -> a.reshape(y.input(0).shape()))
        .rule(Transpose.class, (op, y, i, a) -> a.permuted(op.inverse().permutation().toArray()))
        .rule(BroadcastTo.class, (op, y, i, a) -> a)
        .rule(Concat.class, (op, y, i, a) -> part(op.axis(), y, i, a))
        .rule(Slice.class, (op, y, i, a) -> border(op, y.input(0).shape(), a))
        .rule(Pad.class, (op, y, i, a) -> Expr.of(new Slice(op.before(), y.input(0).shape()), a))
        .rule(Reverse.class, (op, y, i, a) -> a.reversed(op.axis()));
  }

  /** The stretch of {@code a} that input {@code i} fills in the concatenation. */
  private static Expr part(int axis, Expr y, int i, Expr a) {
    int from = IntStream.range(0, i).map(k -> y.input(k).shape().dim(axis)).sum();
    return a.slice(axis, from, from + y.input(i).shape().dim(axis));
  }

  /** {@code a} with zeros around it that fill the shape it was cut out of. */
  private static Expr border(Slice slice, Shape whole, Expr a) {
    int[] after =
        IntStream.range(0, whole.rank())
            .map(axis -> whole.dim(axis) - slice.start().get(axis) - slice.size().dim(axis))
            .toArray();
    return Expr.of(new Pad(slice.start(), ImmutableIntArray.copyOf(after), 0), a);
  }
}
