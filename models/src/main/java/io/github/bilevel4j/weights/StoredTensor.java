package io.github.bilevel4j.weights;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.Ints;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * An array in a file: a view of a storage of numbers, whose element at {@code index} is number
 * {@code offset + sum index_k stride_k}. All of it lies within the storage.
 */
record StoredTensor(
    String name,
    StoredType type,
    ImmutableList<Long> dims,
    long offset,
    ImmutableList<Long> strides,
    Bytes bytes) {
  private static final int CHUNK = 1 << 16;

  /** What an array whose elements share numbers may have more of them than its storage. */
  private static final long MOST_REPEATED = 1 << 20;

  /** The bytes of a storage. */
  interface Bytes {
    /** Fills a buffer from a position on, and sets its byte order. */
    void read(long position, ByteBuffer buffer) throws IOException;

    /** How many there are. */
    long size();
  }

  /** An array whose elements lie one after another. */
  static StoredTensor contiguous(
      String name, StoredType type, ImmutableList<Long> dims, Bytes bytes) {
    return new StoredTensor(name, type, dims, 0, contiguous(dims), bytes);
  }

  /** The strides of an array whose elements lie one after another. */
  static ImmutableList<Long> contiguous(List<Long> dims) {
    Long[] strides = new Long[dims.size()];
    long stride = 1;
    for (int i = dims.size() - 1; i >= 0; i--) {
      strides[i] = stride;
      stride *= Math.max(1, dims.get(i));
    }
    return ImmutableList.copyOf(strides);
  }

  /**
   * The view of a storage.
   *
   * @throws UsageError if it does not lie within the storage
   */
  static StoredTensor of(Path file, String name, Pickle.Tensor tensor, Bytes bytes) {
    StoredTensor stored =
        new StoredTensor(
            name, tensor.storage().type(), tensor.dims(), tensor.offset(), tensor.strides(), bytes);
    if (!stored.isWithin(tensor.storage().count())) {
      throw UsageError.in("read weights")
          .because(
              "\"%s\" of shape %s does not lie within its storage",
              Header.shown(name), Header.shown(tensor.dims().toString()))
          .value("file", file)
          .value("numbers stored", tensor.storage().count())
          .value("first", tensor.offset())
          .value("strides", Header.shown(tensor.strides().toString()))
          .maybe("the file is damaged.");
    }
    return stored;
  }

  private boolean isWithin(long count) {
    if (offset < 0
        || dims.stream().anyMatch(dim -> dim < 0)
        || strides.stream().anyMatch(s -> s < 0)) {
      return false;
    }
    try {
      long size = dims.stream().reduce(1L, Math::multiplyExact);
      return size == 0 || (last() < count && (size <= count || size <= MOST_REPEATED));
    } catch (ArithmeticException e) {
      return false;
    }
  }

  /** The number of elements. */
  long size() {
    return dims.stream().reduce(1L, (a, b) -> a * b);
  }

  /** The position of the last element in the storage, if there is one. */
  private long last() {
    long last = offset;
    for (int i = 0; i < dims.size(); i++) {
      last = Math.addExact(last, Math.multiplyExact(dims.get(i) - 1, strides.get(i)));
    }
    return last;
  }

  /** The numbers from the first to the last one that the array has. */
  private long extent() {
    return size() == 0 ? 0 : last() - offset + 1;
  }

  private boolean isContiguous() {
    ImmutableList<Long> right = contiguous(dims);
    for (int i = 0; i < dims.size(); i++) {
      if (dims.get(i) > 1 && !strides.get(i).equals(right.get(i))) {
        return false;
      }
    }
    return true;
  }

  /** The memory that reading it takes in bytes. */
  long memory() {
    return (type.isSingle() ? Float.BYTES : Double.BYTES)
        * (size() + (isContiguous() ? 0 : extent()));
  }

  /**
   * Fails if it cannot be an array.
   *
   * @throws UsageError if the type is not read, or it has too many elements or dimensions
   */
  void requireArray(Path file) {
    if (type.reader().isEmpty()) {
      throw UsageError.in("read weights")
          .because("\"%s\" is stored as %s, which is not read", Header.shown(name), type)
          .value("file", file)
          .value(
              "read",
              Arrays.stream(StoredType.values()).filter(each -> each.reader().isPresent()).toList())
          .maybe("save it anew as F32 or F16.");
    }
    try {
      shape();
    } catch (UsageError impossible) {
      throw UsageError.in("read weights")
          .because("\"%s\" is larger than an array can be", Header.shown(name))
          .value("file", file)
          .value("shape", Header.shown(dims.toString()))
          .error();
    }
    if (!isContiguous() && extent() > Shape.MAX_SIZE) {
      throw UsageError.in("read weights")
          .because("the elements of \"%s\" lie further apart than is read", Header.shown(name))
          .value("file", file)
          .error();
    }
  }

  private Shape shape() {
    return Shape.ofSizes(dims.stream().mapToLong(Long::longValue).toArray());
  }

  /** The values, of an array that was checked. */
  Array read() throws IOException {
    return isContiguous()
        ? numbers(shape())
        : numbers(Shape.ofSizes(extent())).asStrided(shape(), Ints.toArray(strides));
  }

  private Array numbers(Shape shape) throws IOException {
    int count = (int) shape.size();
    if (type.isSingle()) {
      float[] values = new float[count];
      read(count, (i, value) -> values[i] = (float) value);
      return Array.wrap(shape, values);
    }
    double[] values = new double[count];
    read(count, (i, value) -> values[i] = value);
    return Array.wrap(shape, values);
  }

  /** Where a number goes. */
  private interface Sink {
    void put(int index, double value);
  }

  private void read(int count, Sink sink) throws IOException {
    StoredType.Reader reader = type.reader().orElseThrow();
    int size = type.bits() / Byte.SIZE;
    int perChunk = CHUNK / size;
    for (int from = 0; from < count; from += perChunk) {
      int part = Math.min(perChunk, count - from);
      ByteBuffer buffer = ByteBuffer.allocate(part * size);
      bytes.read((offset + from) * size, buffer);
      for (int i = from; i < from + part; i++) {
        sink.put(i, reader.read(buffer));
      }
    }
  }
}
