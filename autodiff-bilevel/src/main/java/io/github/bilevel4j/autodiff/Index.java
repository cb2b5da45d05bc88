package io.github.bilevel4j.autodiff;

import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;

/** Multi-indices of row-major arrays. */
final class Index {
  private Index() {}

  /** The index of a row-major position. */
  static int[] of(Shape shape, int position) {
    int[] index = new int[shape.rank()];
    int rest = position;
    for (int axis = shape.rank() - 1; axis >= 0; axis--) {
      index[axis] = rest % shape.dim(axis);
      rest /= shape.dim(axis);
    }
    return index;
  }

  /** The row-major position of an index. */
  static int position(Shape shape, int... index) {
    int position = 0;
    for (int axis = 0; axis < shape.rank(); axis++) {
      position = position * shape.dim(axis) + index[axis];
    }
    return position;
  }

  /** The array whose element at each index is a function of the index. */
  static Array build(Shape shape, ToDoubleFunction<int[]> element) {
    return Array.fill(shape, position -> element.applyAsDouble(of(shape, position)));
  }

  /** All indices in row-major order. */
  static void forEach(Shape shape, Consumer<int[]> action) {
    for (int position = 0; position < shape.size(); position++) {
      action.accept(of(shape, position));
    }
  }

  /** The element of an array that is broadcast to the shape to which the index belongs. */
  static double broadcast(Array array, int[] index) {
    int[] own = new int[array.shape().rank()];
    for (int axis = 0; axis < own.length; axis++) {
      int aligned = index[index.length - own.length + axis];
      own[axis] = array.shape().dim(axis) == 1 ? 0 : aligned;
    }
    return array.get(own);
  }

  /** An index followed by more positions. */
  static int[] append(int[] index, int... more) {
    int[] result = Arrays.copyOf(index, index.length + more.length);
    System.arraycopy(more, 0, result, index.length, more.length);
    return result;
  }
}
