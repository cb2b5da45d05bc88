package io.github.bilevel4j.weights;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.common.collect.ImmutableList;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a pickle's values are taken for: texts, {@code Long}, {@code BigInteger}, {@code Double} and
 * {@code Boolean} are themselves, lists and tuples are lists, dictionaries are maps of their texts
 * and whole numbers, and all else is one of the types here. Nothing is made of what a pickle names.
 */
final class Pickle {
  private Pickle() {}

  /** {@code None}. */
  enum None {
    NONE
  }

  /** The name of a class or function, {@code module.name}. */
  record Global(String name) {}

  /** What a name that is not known would have made. */
  record Opaque(String name) {}

  /** An array of NumPy's before it gets its content. */
  record EmptyArray() {}

  /** The type of the numbers in such an array. */
  record NumberType(String name) {}

  /** An array of NumPy's of unsigned bytes, the last axis varying fastest. */
  record ByteArray(ImmutableList<Long> dims, ByteBuffer bytes) {
    /** Of version, shape, type, whether the first axis varies fastest, and content, if right. */
    static Optional<ByteArray> of(List<?> state) {
      if (state.size() != 5
          || !state.get(2).equals(new NumberType("u1"))
          || !state.get(3).equals(false)) {
        return Optional.empty();
      }
      Optional<ByteBuffer> content = Optional.empty();
      if (state.get(4) instanceof byte[] bytes) {
        content = Optional.of(ByteBuffer.wrap(bytes));
      } else if (state.get(4) instanceof String text) {
        content = Optional.of(ByteBuffer.wrap(text.getBytes(ISO_8859_1)));
      }
      return content.flatMap(
          bytes ->
              Tensor.numbers(state.get(1))
                  .filter(dims -> isProduct(dims, bytes.remaining()))
                  .map(dims -> new ByteArray(dims, bytes)));
    }

    private static boolean isProduct(ImmutableList<Long> dims, long size) {
      double product = 1;
      for (long dim : dims) {
        product *= dim;
      }
      return product == size && dims.stream().allMatch(dim -> dim >= 0);
    }
  }

  /** Numbers in the file. */
  record Storage(StoredType type, String key, long count) {}

  /**
   * A view of a storage: the element at {@code index} is number {@code offset + sum index_k
   * stride_k}.
   */
  record Tensor(
      Storage storage, long offset, ImmutableList<Long> dims, ImmutableList<Long> strides) {

    /** The tensor that {@code torch._utils._rebuild_tensor_v2} makes of its arguments, if right. */
    static Optional<Tensor> of(List<?> arguments) {
      if (arguments.size() < 4
          || !(arguments.get(0) instanceof Storage storage)
          || !(arguments.get(1) instanceof Long offset)) {
        return Optional.empty();
      }
      Optional<ImmutableList<Long>> dims = numbers(arguments.get(2));
      Optional<ImmutableList<Long>> strides = numbers(arguments.get(3));
      return dims.flatMap(d -> strides.map(s -> new Tensor(storage, offset, d, s)))
          .filter(tensor -> tensor.dims.size() == tensor.strides.size());
    }

    private static Optional<ImmutableList<Long>> numbers(Object list) {
      return list instanceof List<?> values && values.stream().allMatch(Long.class::isInstance)
          ? Optional.of(
              values.stream().map(Long.class::cast).collect(ImmutableList.toImmutableList()))
          : Optional.empty();
    }
  }

  /** The value of a dictionary's key, if it is a dictionary and has it. */
  static Optional<Object> get(Object value, String key) {
    return value instanceof Map<?, ?> map ? Optional.ofNullable(map.get(key)) : Optional.empty();
  }
}
