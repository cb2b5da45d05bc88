package io.github.bilevel4j.backend.tensorflow;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Streams;
import com.google.common.graph.Traverser;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.ArgMax;
import io.github.bilevel4j.op.Binary;
import io.github.bilevel4j.op.BroadcastTo;
import io.github.bilevel4j.op.Concat;
import io.github.bilevel4j.op.CumulativeSum;
import io.github.bilevel4j.op.Detach;
import io.github.bilevel4j.op.Gather;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.op.OneHot;
import io.github.bilevel4j.op.Op;
import io.github.bilevel4j.op.Random;
import io.github.bilevel4j.op.Reduction;
import io.github.bilevel4j.op.Reshape;
import io.github.bilevel4j.op.Reverse;
import io.github.bilevel4j.op.Select;
import io.github.bilevel4j.op.Slice;
import io.github.bilevel4j.op.Sort;
import io.github.bilevel4j.op.Transpose;
import io.github.bilevel4j.op.Unary;
import io.github.bilevel4j.shape.Array;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Which of the expressions that indices are computed from have whole numbers as values, and between
 * which bounds. Above {@code 2^24} single precision has not all of them: such an expression must be
 * computed in double precision, which has all up to {@code 2^53}.
 */
final class WholeNumbers {
  private static final double EXACT_IN_SINGLE = 1 << 24;

  /** What is known of an expression's values. */
  private record Values(double lowest, double highest, boolean whole) {
    private static final Values ANY =
        new Values(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY, false);

    static Values whole(double lowest, double highest) {
      return new Values(lowest, highest, true);
    }

    double largest() {
      return Math.max(Math.abs(lowest), Math.abs(highest));
    }

    Values floor() {
      return whole(Math.floor(lowest), Math.floor(highest));
    }

    Values magnitude() {
      return new Values(-largest(), largest(), whole);
    }

    Values and(Values other) {
      return new Values(
          Math.min(lowest, other.lowest), Math.max(highest, other.highest), whole && other.whole);
    }

    Values times(Values other) {
      double product = largest() == 0 || other.largest() == 0 ? 0 : largest() * other.largest();
      boolean positive = lowest >= 0 && other.lowest >= 0;
      return new Values(positive ? 0 : -product, product, whole && other.whole);
    }
  }

  private final Map<Expr, Values> known = new HashMap<>();
  private final Set<Expr> wide = new HashSet<>();

  /** The nodes of an index that must be computed in double precision, inputs first. */
  ImmutableList<Expr> wideNodes(Expr index) {
    for (Expr node : Traverser.forGraph(WholeNumbers::parts).depthFirstPostOrder(index)) {
      if (!known.containsKey(node)) {
        known.put(node, values(node));
        if (leavesSinglePrecision(node)) {
          wide.add(node);
        }
      }
    }
    return wide.contains(index)
        ? ImmutableList.copyOf(
            Traverser.<Expr>forGraph(node -> parts(node).stream().filter(wide::contains).toList())
                .depthFirstPostOrder(index))
        : ImmutableList.of();
  }

  /** Whether an index is one of so many, if it is a number, whatever inputs hold. */
  boolean areWithin(Expr index, int count) {
    wideNodes(index);
    Values values = of(index);
    // The bounds of variables are those of exact whole numbers, not of all that they may hold; a
    // quotient may be no number.
    return values.lowest() >= 0
        && values.highest() < count
        && Streams.stream(Traverser.forGraph(WholeNumbers::parts).breadthFirst(index))
            .noneMatch(node -> node.op() instanceof Leaf.Variable || node.op() == Binary.DIVIDE);
  }

  private boolean leavesSinglePrecision(Expr node) {
    Values values = of(node);
    List<Expr> parts = parts(node);
    return (values.whole() && values.largest() > EXACT_IN_SINGLE)
        || (parts.stream().anyMatch(wide::contains)
            && (node.op() == Unary.FLOOR || parts.stream().allMatch(part -> of(part).whole())));
  }

  private Values of(Expr node) {
    return Objects.requireNonNull(known.get(node));
  }

  /** The inputs of which a node's values being whole, or their bounds, are a matter. */
  private static List<Expr> parts(Expr node) {
    Op op = node.op();
    if (op instanceof Gather) {
      return node.inputs().subList(0, 1);
    }
    if (op instanceof Sort.Gather) {
      return node.inputs().subList(1, 2);
    }
    return op == Unary.NEGATE
            || op == Unary.ABS
            || op == Unary.FLOOR
            || op instanceof Binary
            || op instanceof Select
            || op instanceof Reduction
            || op instanceof CumulativeSum
            || movesElements(op)
        ? node.inputs()
        : ImmutableList.of();
  }

  private static boolean movesElements(Op op) {
    return op instanceof Reshape
        || op instanceof Transpose
        || op instanceof BroadcastTo
        || op instanceof Concat
        || op instanceof Slice
        || op instanceof Reverse
        || op instanceof Detach;
  }

  private Values values(Expr node) {
    Op op = node.op();
    if (op instanceof Leaf leaf) {
      return ofLeaf(leaf);
    }
    if (op instanceof Binary binary) {
      return ofBinary(binary, of(node.input(0)), of(node.input(1)));
    }
    if (op instanceof ArgMax argMax) {
      return Values.whole(0, node.input(0).shape().dim(argMax.axis()) - 1);
    }
    if (op instanceof OneHot || op == Unary.HEAVISIDE) {
      return Values.whole(0, 1);
    }
    if (op instanceof Random random && random.distribution() == Random.Distribution.UNIFORM) {
      return new Values(0, 1, false);
    }
    if (op == Unary.FLOOR) {
      return of(node.input(0)).floor();
    }
    if (op == Unary.NEGATE || op == Unary.ABS) {
      return of(node.input(0)).magnitude();
    }
    if (op instanceof Reduction reduction && reduction.kind() == Reduction.Kind.SUM) {
      double terms = (double) node.input(0).shape().size() / node.shape().size();
      return of(node.input(0)).times(Values.whole(terms, terms));
    }
    if (op instanceof Reduction && node.input(0).shape().size() == 0) {
      // The largest of nothing is minus infinity.
      return Values.ANY;
    }
    if (op instanceof CumulativeSum sum) {
      double terms = node.shape().dim(sum.axis());
      return of(node.input(0)).times(Values.whole(0, terms));
    }
    if (op instanceof Select) {
      return of(node.input(1)).and(of(node.input(2)));
    }
    return parts(node).stream().map(this::of).reduce(Values::and).orElse(Values.ANY);
  }

  private static Values ofLeaf(Leaf leaf) {
    if (leaf instanceof Leaf.Constant constant) {
      return ofArray(constant.value());
    }
    if (leaf instanceof Leaf.ReplicaIndex index) {
      return Values.whole(0, index.replicas() - 1.0);
    }
    // Taken for whole as they are part of an index; what is not whole is no less exact by that.
    return leaf instanceof Leaf.Variable
        ? Values.whole(-EXACT_IN_SINGLE, EXACT_IN_SINGLE)
        : Values.whole(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
  }

  private static Values ofArray(Array array) {
    if (array.size() == 0) {
      return Values.whole(0, 0);
    }
    double lowest = Double.POSITIVE_INFINITY;
    double highest = Double.NEGATIVE_INFINITY;
    boolean whole = true;
    for (int i = 0; i < array.size(); i++) {
      double number = array.at(i);
      lowest = Math.min(lowest, number);
      highest = Math.max(highest, number);
      whole = whole && number == Math.rint(number);
    }
    return new Values(lowest, highest, whole);
  }

  private static Values ofBinary(Binary op, Values l, Values r) {
    boolean whole = l.whole() && r.whole();
    return switch (op) {
      case ADD -> new Values(l.lowest() + r.lowest(), l.highest() + r.highest(), whole);
      case SUBTRACT -> new Values(l.lowest() - r.highest(), l.highest() - r.lowest(), whole);
      case MULTIPLY -> l.times(r);
      // Dividing by a whole number that is not zero makes no number larger.
      case DIVIDE -> r.whole() ? new Values(-l.largest(), l.largest(), false) : Values.ANY;
      case MAXIMUM ->
          new Values(Math.max(l.lowest(), r.lowest()), Math.max(l.highest(), r.highest()), whole);
      case MINIMUM ->
          new Values(Math.min(l.lowest(), r.lowest()), Math.min(l.highest(), r.highest()), whole);
      case GREATER, GREATER_OR_EQUAL, EQUAL -> Values.whole(0, 1);
    };
  }
}
