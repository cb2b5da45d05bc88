package io.github.bilevel4j.backend.tensorflow;

import static io.github.bilevel4j.backend.tensorflow.Rules.rule;

import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.Ints;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.ArgMax;
import io.github.bilevel4j.op.BandPart;
import io.github.bilevel4j.op.BroadcastTo;
import io.github.bilevel4j.op.Concat;
import io.github.bilevel4j.op.Op;
import io.github.bilevel4j.op.Pad;
import io.github.bilevel4j.op.Reduction;
import io.github.bilevel4j.op.Reshape;
import io.github.bilevel4j.op.Reverse;
import io.github.bilevel4j.op.Slice;
import io.github.bilevel4j.op.Transpose;
import io.github.bilevel4j.shape.Shape;
import org.tensorflow.Output;
import org.tensorflow.proto.DataType;

/** Arrangements of elements, and reductions over axes. */
final class LayoutRules {
  static final ImmutableMap<Class<? extends Op>, Rule<?>> TABLE =
      Rules.table(
          rule(Reduction.class, LayoutRules::reduction),
          rule(ArgMax.class, LayoutRules::argMax),
          rule(Reshape.class, LayoutRules::reshape),
          rule(Transpose.class, LayoutRules::transpose),
          rule(BroadcastTo.class, (op, node, in) -> in.lowered(node.input(0))),
          rule(Concat.class, LayoutRules::concat),
          rule(Slice.class, LayoutRules::slice),
          rule(Pad.class, LayoutRules::pad),
          rule(Reverse.class, LayoutRules::reverse),
          rule(BandPart.class, LayoutRules::bandPart));

  private static final int MOST_PADDED = 6;

  /** Elements of a slice that are worth three operations if they are not copied. */
  private static final int LONG = 1 << 12;

  private LayoutRules() {}

  private static Lowered reduction(Reduction op, Expr node, Lowering in) {
    Output<?> reduced =
        in.op(
            op.kind() == Reduction.Kind.SUM ? "Sum" : "Max",
            builder -> builder.setAttr("keep_dims", true),
            in.value(node.input(0)),
            in.ints(Ints.toArray(op.axes())));
    return Lowered.of(reduced, node.shape());
  }

  private static Lowered argMax(ArgMax op, Expr node, Lowering in) {
    Shape shape = node.input(0).shape();
    int before = (int) shape.sub(0, op.axis()).size();
    int after = (int) shape.sub(op.axis() + 1, shape.rank()).size();
    // TensorFlow takes seven axes at most.
    Output<?> flat =
        in.op("Reshape", in.narrow(node.input(0)), in.ints(before, shape.dim(op.axis()), after));
    Output<?> position =
        in.op(
            "ArgMax",
            builder -> builder.setAttr("output_type", DataType.DT_INT32),
            in.cast(isLargest(flat, in), in.real()),
            in.integer(1));
    return Lowered.of(
        in.op("Reshape", in.cast(position, in.real()), in.ints(node.shape().toArray())),
        node.shape());
  }

  /**
   * Where the largest numbers along the middle axis are, or what is not a number if there is any:
   * TensorFlow's search has no order for it, and begins at the lowest finite number, which a row of
   * this number and negative infinity does not exceed.
   */
  private static Output<?> isLargest(Output<?> rows, Lowering in) {
    Output<?> largest =
        in.op("Max", builder -> builder.setAttr("keep_dims", true), rows, in.ints(1));
    return in.op("LogicalOr", in.op("Equal", rows, largest), in.op("IsNan", rows));
  }

  private static Lowered reshape(Reshape op, Expr node, Lowering in) {
    Lowered operand = in.lowered(node.input(0));
    if (operand.shape().isScalar()) {
      return operand;
    }
    return Lowered.of(
        in.op("Reshape", in.value(node.input(0)), in.ints(op.target().toArray())), node.shape());
  }

  private static Lowered transpose(Transpose op, Expr node, Lowering in) {
    Lowered operand = in.lowered(node.input(0));
    if (operand.shape().isScalar()) {
      return operand;
    }
    return Lowered.of(
        in.op("Transpose", in.value(node.input(0)), in.ints(op.permutation().toArray())),
        node.shape());
  }

  private static Lowered concat(Concat op, Expr node, Lowering in) {
    if (node.inputs().size() == 1) {
      return in.lowered(node.input(0));
    }
    Output<?>[] parts = node.inputs().stream().map(in::value).toArray(Output<?>[]::new);
    Output<?> axis = in.integer(op.axis());
    return Lowered.of(
        in.operation("ConcatV2", builder -> builder.addInputList(parts).addInput(axis)).output(0),
        node.shape());
  }

  private static Lowered slice(Slice op, Expr node, Lowering in) {
    Output<?> value = in.value(node.input(0));
    if (isLongRows(op, node.input(0).shape())) {
      // Of a vector TensorFlow takes an aligned slice without copying it; of a matrix only if each
      // of its rows is aligned.
      int row = (int) op.size().sub(1, op.size().rank()).size();
      Output<?> flat =
          in.op(
              "Slice",
              reshaped(in, value, Shape.of((int) node.input(0).shape().size())),
              in.ints(op.start().get(0) * row),
              in.ints((int) op.size().size()));
      return Lowered.of(reshaped(in, flat, node.shape()), node.shape());
    }
    return Lowered.of(
        in.op("Slice", value, in.ints(op.start().toArray()), in.ints(op.size().toArray())),
        node.shape());
  }

  /** Whether a slice is a long stretch of memory: some of the rows, whole. */
  private static boolean isLongRows(Slice op, Shape from) {
    int rank = from.rank();
    return rank > 1
        && from.size() <= Integer.MAX_VALUE
        && op.size().size() >= LONG
        && op.size().sub(1, rank).equals(from.sub(1, rank));
  }

  /** First the axes before a middle one and then the others: TensorFlow pads six at most. */
  private static Lowered pad(Pad op, Expr node, Lowering in) {
    Shape from = node.input(0).shape();
    int rank = from.rank();
    Output<?> value = in.value(node.input(0));
    if (rank <= MOST_PADDED) {
      return Lowered.of(padded(op, in, value, 0, rank, 0, 0), node.shape());
    }
    int middle = rank / 2;
    int rest = (int) from.sub(middle, rank).size();
    int done = (int) node.shape().sub(0, middle).size();
    Output<?> first =
        padded(
            op,
            in,
            reshaped(in, value, from.sub(0, middle).concat(Shape.of(rest))),
            0,
            middle,
            0,
            1);
    Output<?> second =
        padded(
            op,
            in,
            reshaped(in, first, Shape.of(done).concat(from.sub(middle, rank))),
            middle,
            rank,
            1,
            0);
    return Lowered.of(reshaped(in, second, node.shape()), node.shape());
  }

  /** A value in another shape. */
  static Output<?> reshaped(Lowering in, Output<?> value, Shape shape) {
    return in.op("Reshape", value, in.ints(shape.toArray()));
  }

  /** The border of some axes, with so many axes without one before and after them. */
  private static Output<?> padded(
      Pad op, Lowering in, Output<?> value, int from, int to, int before, int after) {
    int[] borders = new int[2 * (before + to - from + after)];
    for (int axis = from; axis < to; axis++) {
      borders[2 * (before + axis - from)] = op.before().get(axis);
      borders[2 * (before + axis - from) + 1] = op.after().get(axis);
    }
    Output<?> paddings = in.op("Reshape", in.ints(borders), in.ints(borders.length / 2, 2));
    return in.op("PadV2", value, paddings, in.scalar(op.value()));
  }

  private static Lowered reverse(Reverse op, Expr node, Lowering in) {
    return Lowered.of(
        in.op("ReverseV2", in.value(node.input(0)), in.ints(op.axis())), node.shape());
  }

  private static Lowered bandPart(BandPart op, Expr node, Lowering in) {
    return Lowered.of(
        in.op(
            "MatrixBandPart",
            in.value(node.input(0)),
            in.integer(op.lower()),
            in.integer(op.upper())),
        node.shape());
  }
}
