package io.github.bilevel4j.autodiff;

import io.github.bilevel4j.op.ArgMax;
import io.github.bilevel4j.op.BroadcastTo;
import io.github.bilevel4j.op.Concat;
import io.github.bilevel4j.op.Gather;
import io.github.bilevel4j.op.OneHot;
import io.github.bilevel4j.op.Pad;
import io.github.bilevel4j.op.Reduction;
import io.github.bilevel4j.op.Reshape;
import io.github.bilevel4j.op.Reverse;
import io.github.bilevel4j.op.ScatterAdd;
import io.github.bilevel4j.op.Slice;
import io.github.bilevel4j.op.Transpose;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.Arrays;
import java.util.List;

/** Reductions, arrangements of elements, and rows by position. */
final class LayoutKernels {
  private LayoutKernels() {}

  static void register(Kernels kernels) {
    kernels
        .kernel(Reduction.class, (op, shape, in) -> reduction(op, shape, in.get(0)))
        .kernel(
            ArgMax.class,
            (op, shape, in) -> Index.build(shape, index -> argMax(op.axis(), in.get(0), index)))
        .kernel(Reshape.class, (op, shape, in) -> Array.wrap(shape, in.get(0).toDoubles()))
        .kernel(
            Transpose.class,
            (op, shape, in) -> Index.build(shape, index -> in.get(0).get(source(op, index))))
        .kernel(
            BroadcastTo.class,
            (op, shape, in) -> Index.build(shape, index -> Index.broadcast(in.get(0), index)))
        .kernel(
            Concat.class,
            (op, shape, in) -> Index.build(shape, index -> joined(op.axis(), in, index)))
        .kernel(
            Slice.class,
            (op, shape, in) ->
                Index.build(shape, index -> in.get(0).get(shifted(index, op.start().toArray(), 1))))
        .kernel(
            Pad.class, (op, shape, in) -> Index.build(shape, index -> padded(op, in.get(0), index)))
        .kernel(
            Reverse.class,
            (op, shape, in) -> Index.build(shape, index -> mirrored(op.axis(), in.get(0), index)))
        .kernel(
            Gather.class,
            (op, shape, in) -> Index.build(shape, index -> gathered(in.get(0), in.get(1), index)))
        .kernel(ScatterAdd.class, (op, shape, in) -> scattered(shape, in.get(0), in.get(1)))
        .kernel(
            OneHot.class,
            (op, shape, in) ->
                Index.build(
                    shape,
                    index -> {
                      int[] row = Arrays.copyOf(index, index.length - 1);
                      return Math.rint(in.get(0).get(row)) == index[index.length - 1] ? 1 : 0;
                    }));
  }

  private static Array reduction(Reduction op, Shape shape, Array x) {
    double[] result = new double[(int) shape.size()];
    boolean sum = op.kind() == Reduction.Kind.SUM;
    Arrays.fill(result, sum ? 0 : Double.NEGATIVE_INFINITY);
    Index.forEach(
        x.shape(),
        index -> {
          int[] kept = index.clone();
          op.axes().forEach(axis -> kept[axis] = 0);
          int position = Index.position(shape, kept);
          double value = x.get(index);
          result[position] = sum ? result[position] + value : Math.max(result[position], value);
        });
    return Array.wrap(shape, result);
  }

  private static int argMax(int axis, Array x, int[] index) {
    int[] full = new int[index.length + 1];
    System.arraycopy(index, 0, full, 0, axis);
    System.arraycopy(index, axis, full, axis + 1, index.length - axis);
    int best = 0;
    double largest = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < x.shape().dim(axis); k++) {
      full[axis] = k;
      double value = x.get(full);
      if (Double.isNaN(value)) {
        return k;
      }
      if (value > largest) {
        largest = value;
        best = k;
      }
    }
    return best;
  }

  private static int[] source(Transpose op, int[] index) {
    int[] source = new int[index.length];
    for (int i = 0; i < index.length; i++) {
      source[op.permutation().get(i)] = index[i];
    }
    return source;
  }

  private static double joined(int axis, List<Array> parts, int[] index) {
    int[] inside = index.clone();
    int part = 0;
    while (inside[axis] >= parts.get(part).shape().dim(axis)) {
      inside[axis] -= parts.get(part).shape().dim(axis);
      part++;
    }
    return parts.get(part).get(inside);
  }

  private static int[] shifted(int[] index, int[] offset, int sign) {
    int[] shifted = new int[index.length];
    Arrays.setAll(shifted, axis -> index[axis] + sign * offset[axis]);
    return shifted;
  }

  private static double padded(Pad op, Array x, int[] index) {
    int[] inside = shifted(index, op.before().toArray(), -1);
    for (int axis = 0; axis < inside.length; axis++) {
      if (inside[axis] < 0 || inside[axis] >= x.shape().dim(axis)) {
        return op.value();
      }
    }
    return x.get(inside);
  }

  private static double mirrored(int axis, Array x, int[] index) {
    int[] mirrored = index.clone();
    mirrored[axis] = x.shape().dim(axis) - 1 - index[axis];
    return x.get(mirrored);
  }

  private static double gathered(Array table, Array indices, int[] index) {
    int batch = indices.shape().rank();
    int row = (int) Math.rint(indices.get(Arrays.copyOf(index, batch)));
    return table.get(Index.append(new int[] {row}, Arrays.copyOfRange(index, batch, index.length)));
  }

  private static Array scattered(Shape shape, Array rows, Array indices) {
    double[] result = new double[(int) shape.size()];
    int batch = indices.shape().rank();
    Index.forEach(
        rows.shape(),
        index -> {
          int row = (int) Math.rint(indices.get(Arrays.copyOf(index, batch)));
          int[] target =
              Index.append(new int[] {row}, Arrays.copyOfRange(index, batch, index.length));
          result[Index.position(shape, target)] += rows.get(index);
        });
    return Array.wrap(shape, result);
  }
}
