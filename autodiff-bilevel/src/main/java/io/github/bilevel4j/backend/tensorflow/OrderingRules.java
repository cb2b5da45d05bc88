package io.github.bilevel4j.backend.tensorflow;

import static io.github.bilevel4j.backend.tensorflow.Rules.rule;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.BroadcastTo;
import io.github.bilevel4j.op.CumulativeSum;
import io.github.bilevel4j.op.Op;
import io.github.bilevel4j.op.Sort;
import io.github.bilevel4j.shape.Shape;
import org.tensorflow.Output;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.StdArrays;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TInt64;

/** Sorting and running sums. */
final class OrderingRules {
  static final ImmutableMap<Class<? extends Op>, Rule<?>> TABLE =
      Rules.table(
          rule(Sort.Gather.class, OrderingRules::gather),
          rule(Sort.Scatter.class, OrderingRules::scatter),
          rule(CumulativeSum.class, OrderingRules::cumulativeSum));

  private OrderingRules() {}

  private static Lowered gather(Sort.Gather op, Expr node, Lowering in) {
    int last = node.shape().rank() - 1;
    Output<?> order = order(op, node.input(0), op.count(), in);
    Expr values = node.input(1);
    if (isOneRow(values)) {
      Output<?> row =
          in.op("Reshape", in.value(values.input(0)), in.ints(values.shape().dim(last)));
      return Lowered.of(in.op("GatherV2", row, order, in.integer(0)), node.shape());
    }
    return Lowered.of(
        in.op(
            "GatherV2",
            builder -> builder.setAttr("batch_dims", last),
            in.value(values),
            order,
            in.integer(last)),
        node.shape());
  }

  /** Whether all rows are the same one, as those of positions are. */
  private static boolean isOneRow(Expr values) {
    return values.op() instanceof BroadcastTo
        && values.input(0).shape().rank() > 0
        && values.input(0).shape().dim(-1) == values.shape().dim(-1)
        && values.input(0).shape().size() == values.shape().dim(-1);
  }

  private static Lowered scatter(Sort.Scatter op, Expr node, Lowering in) {
    Shape shape = node.shape();
    int size = shape.dim(-1);
    int count = node.input(1).shape().dim(-1);
    int rows = size == 0 ? 0 : Math.toIntExact(shape.size() / size);
    // Positions in all rows together, in 64 bits: those that a GPU adds up by itself.
    Output<?> order = in.cast(order(op, node.input(0), count, in), DataType.DT_INT64);
    Output<?> positions =
        in.op("AddV2", in.op("Reshape", order, in.ints(rows, count)), starts(rows, size, in));
    Output<?> elements =
        in.op(
            "UnsortedSegmentSum",
            in.op("Reshape", in.value(node.input(1)), in.ints(rows, count)),
            positions,
            in.integer(Math.toIntExact(shape.size())));
    return Lowered.of(in.op("Reshape", elements, in.ints(shape.toArray())), shape);
  }

  /** Where each row begins, {@code [rows, 1]}. */
  private static Output<?> starts(int rows, int size, Lowering in) {
    long[][] starts = new long[rows][1];
    for (int row = 0; row < rows; row++) {
      starts[row][0] = (long) row * size;
    }
    try (Tensor tensor = TInt64.tensorOf(StdArrays.ndCopyOf(starts))) {
      return in.constant(tensor);
    }
  }

  /**
   * The positions of the first elements in sorted order. TensorFlow sorts numbers, the largest
   * first, and equal ones by position; ascending order is the descending one of the negatives. What
   * is not a number is sorted as if it were infinite.
   */
  private static Output<?> order(Sort op, Expr keys, int count, Lowering in) {
    return in.order(
        keys,
        op.descending(),
        count,
        () -> {
          Output<?> x = in.value(keys);
          Output<?> numbers = in.notANumberAsInfinite(x);
          return in.operation(
                  "TopKV2",
                  builder ->
                      builder
                          .addInput(op.descending() ? numbers : in.op("Neg", numbers))
                          .addInput(in.integer(count)))
              .output(1);
        });
  }

  private static Lowered cumulativeSum(CumulativeSum op, Expr node, Lowering in) {
    return Lowered.of(
        in.op(
            "Cumsum",
            builder ->
                builder.setAttr("exclusive", op.exclusive()).setAttr("reverse", op.reverse()),
            in.value(node.input(0)),
            in.integer(op.axis())),
        node.shape());
  }
}
