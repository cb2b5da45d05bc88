package io.github.bilevel4j.backend.tensorflow;

import static io.github.bilevel4j.backend.tensorflow.Rules.rule;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.BroadcastTo;
import io.github.bilevel4j.op.CumulativeSum;
import io.github.bilevel4j.op.Op;
import io.github.bilevel4j.op.Sort;
import io.github.bilevel4j.shape.Shape;
import java.util.stream.IntStream;
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

  /** Elements of a row that is searched by blocks, and of a block that is worth it. */
  private static final int LONG = 2048;

  private static final int LEAST_BLOCK = 4;

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
          return largest(
              op.descending() ? numbers : in.op("Neg", numbers), keys.shape(), count, in);
        });
  }

  private static Output<?> largest(Output<?> x, Shape shape, int count, Lowering in) {
    int block = block(shape.dim(-1), count);
    return block == 1 ? topK(x, count, in) : largestByBlocks(x, shape, count, block, in);
  }

  private static Output<?> topK(Output<?> x, int count, Lowering in) {
    return in.operation("TopKV2", builder -> builder.addInput(x).addInput(in.integer(count)))
        .output(1);
  }

  /**
   * The size of blocks for which the maxima and the elements of the chosen blocks are together the
   * fewest, {@code sqrt(size / 2 count)}, or a divisor of the size near it; 1 where blocks gain
   * nothing.
   */
  private static int block(int size, int count) {
    double best = count == 0 ? 1 : Math.sqrt(size / (2.0 * count));
    if (size < LONG || best < LEAST_BLOCK) {
      return 1;
    }
    int rounded = (int) Math.round(best);
    return IntStream.rangeClosed(0, rounded / 2)
        .flatMap(distance -> IntStream.of(rounded + distance, rounded - distance))
        .filter(block -> size % block == 0)
        .findFirst()
        .orElse(rounded);
  }

  /**
   * The same for long rows, of which TensorFlow's search takes a fixed time for each element: the
   * largest {@code count} elements are in the {@code count} blocks with the largest maxima. Of
   * equal elements the first are found, because of blocks with equal maxima the first are chosen,
   * and the elements of all are searched in the order of their positions.
   */
  private static Output<?> largestByBlocks(
      Output<?> x, Shape shape, int count, int block, Lowering in) {
    int size = shape.dim(-1);
    int rows = Math.toIntExact(shape.size() / size);
    int blocks = (size + block - 1) / block;
    Output<?> whole = in.op("Reshape", x, in.ints(rows, size));
    int missing = blocks * block - size;
    if (missing > 0) {
      whole =
          in.op(
              "PadV2",
              whole,
              in.op("Reshape", in.ints(0, 0, 0, missing), in.ints(2, 2)),
              in.scalar(Double.NEGATIVE_INFINITY));
    }
    Output<?> split = in.op("Reshape", whole, in.ints(rows, blocks, block));
    Output<?> maxima = in.op("Max", split, in.integer(2));
    Output<?> chosen = ascending(topK(maxima, count, in), count, in);
    Output<?> starts =
        in.op("Reshape", in.op("Mul", chosen, in.integer(block)), in.ints(rows, count, 1));
    Output<?> positions = in.op("AddV2", starts, in.ints(IntStream.range(0, block).toArray()));
    Output<?> candidates = rowwise(split, chosen, in);
    Output<?> flat = in.ints(rows, count * block);
    Output<?> found =
        rowwise(
            in.op("Reshape", positions, flat),
            topK(in.op("Reshape", candidates, flat), count, in),
            in);
    return in.op("Reshape", found, in.ints(shape.withDim(-1, count).toArray()));
  }

  /** Of each row's parts along axis 1 those at its positions. */
  private static Output<?> rowwise(Output<?> parts, Output<?> positions, Lowering in) {
    return in.op(
        "GatherV2", builder -> builder.setAttr("batch_dims", 1), parts, positions, in.integer(1));
  }

  private static Output<?> ascending(Output<?> positions, int count, Lowering in) {
    return in.op(
        "Neg",
        in.operation(
                "TopKV2",
                builder -> builder.addInput(in.op("Neg", positions)).addInput(in.integer(count)))
            .output(0));
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
