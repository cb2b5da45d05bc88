package io.github.bilevel4j.autodiff;

import io.github.bilevel4j.op.CumulativeSum;
import io.github.bilevel4j.op.Sort;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** Sorting and running sums. */
final class OrderingKernels {
  private OrderingKernels() {}

  static void register(Kernels kernels) {
    kernels
        .kernel(
            Sort.Gather.class,
            (op, shape, in) ->
                Index.build(shape, index -> in.get(1).get(source(op, in.get(0), index))))
        .kernel(Sort.Scatter.class, (op, shape, in) -> scattered(op, in.get(0), in.get(1)))
        .kernel(
            CumulativeSum.class,
            (op, shape, in) -> Index.build(shape, index -> sum(op, in.get(0), index)));
  }

  private static Array scattered(Sort op, Array keys, Array first) {
    Shape shape = keys.shape();
    double[] values = new double[(int) shape.size()];
    Index.forEach(
        first.shape(),
        index -> values[Index.position(shape, source(op, keys, index))] = first.get(index));
    return Array.wrap(shape, values);
  }

  /** Where the element at a place in sorted order comes from. */
  private static int[] source(Sort op, Array keys, int[] index) {
    int last = index.length - 1;
    // Zeros of both signs are equal, and so are infinity and what is not a number.
    Comparator<int[]> ascending =
        Comparator.comparingDouble(at -> ElementwiseKernels.orInfinite(keys.get(at)) + 0.0);
    return IntStream.range(0, keys.shape().dim(-1))
        .mapToObj(
            k -> {
              int[] source = Arrays.copyOf(index, index.length);
              source[last] = k;
              return source;
            })
        .sorted(op.descending() ? ascending.reversed() : ascending)
        .toList()
        .get(index[last]);
  }

  private static double sum(CumulativeSum op, Array x, int[] index) {
    int size = x.shape().dim(op.axis());
    int step = op.reverse() ? -1 : 1;
    double sum = 0;
    int[] at = index.clone();
    if (op.exclusive()) {
      at[op.axis()] -= step;
    }
    for (; at[op.axis()] >= 0 && at[op.axis()] < size; at[op.axis()] -= step) {
      sum += x.get(at);
    }
    return sum;
  }
}
