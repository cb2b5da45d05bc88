package io.github.bilevel4j.weights;

import static com.google.common.collect.ImmutableMap.toImmutableMap;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.check.Heap;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/** An open file of the safetensors format whose header was read. */
final class TensorFile implements Closeable {
  private static final int LENGTH_BYTES = Long.BYTES;
  private static final long LONGEST_HEADER = 100_000_000;

  /** What a byte of the header takes while it is read, at most: {} in a list takes 84 bytes. */
  private static final int HEADER_FACTOR = 34;

  private static final int CHUNK = 1 << 16;

  private final Path file;
  private final FileChannel channel;
  private final long dataStart;
  private final ImmutableMap<String, Header.Entry> entries;
  private final ImmutableMap<String, String> metadata;

  private TensorFile(Path file, FileChannel channel, long dataStart, Header header) {
    this.file = file;
    this.channel = channel;
    this.dataStart = dataStart;
    this.entries =
        header.entries().stream().collect(toImmutableMap(Header.Entry::name, entry -> entry));
    this.metadata = header.metadata();
  }

  /**
   * Opens a file and reads its header.
   *
   * @throws UsageError if it is broken or of another format, or the header does not fit into memory
   */
  static TensorFile open(Path file) throws IOException {
    FileChannel channel = FileChannel.open(file);
    try {
      long size = channel.size();
      long headerSize = size < LENGTH_BYTES ? -1 : filled(channel, 0, LENGTH_BYTES).getLong();
      if (headerSize < 0 || headerSize > Math.min(LONGEST_HEADER, size - LENGTH_BYTES)) {
        throw MalformedFile.at(file, "the file of %d bytes has no whole header", size);
      }
      requireMemory(file, "the header", HEADER_FACTOR * headerSize);
      long dataStart = LENGTH_BYTES + headerSize;
      byte[] text = filled(channel, LENGTH_BYTES, (int) headerSize).array();
      return new TensorFile(file, channel, dataStart, Header.parse(file, text, size - dataStart));
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static void requireMemory(Path file, String what, long need) {
    if (Heap.lacks(need)) {
      throw UsageError.in("read weights")
          .because("%s of %s cannot be read into memory", what, file)
          .value("need", Heap.megabytes(need))
          .value("Java has", Heap.megabytes(Heap.free()))
          .maybe("give Java more memory with -Xmx.");
    }
  }

  /** The dimensions of all arrays, in the order of the header. */
  ImmutableMap<String, ImmutableList<Long>> shapes() {
    return entries.values().stream()
        .collect(toImmutableMap(Header.Entry::name, Header.Entry::dims));
  }

  /** The texts beside the arrays. */
  ImmutableMap<String, String> metadata() {
    return metadata;
  }

  /**
   * Reads all arrays.
   *
   * @throws UsageError as {@link #read}
   */
  ImmutableMap<String, Array> readAll() throws IOException {
    return read(entries.keySet());
  }

  /**
   * Reads arrays that are there.
   *
   * @throws UsageError if the type of one is not read, one has too many elements or all have too
   *     many for the memory
   */
  ImmutableMap<String, Array> read(Collection<String> names) throws IOException {
    List<Header.Entry> wanted = names.stream().map(entries::get).toList();
    long numbers = 0;
    for (Header.Entry entry : wanted) {
      requireArray(entry);
      numbers += entry.size();
    }
    requireMemory(file, "the weights", Double.BYTES * numbers);
    ImmutableMap.Builder<String, Array> arrays = ImmutableMap.builder();
    for (Header.Entry entry : wanted) {
      arrays.put(entry.name(), array(entry));
    }
    return arrays.buildOrThrow();
  }

  private void requireArray(Header.Entry entry) {
    if (entry.type().reader().isEmpty()) {
      throw UsageError.in("read weights")
          .because("\"%s\" is stored as %s, which is not read", entry.name(), entry.type())
          .value("file", file)
          .value(
              "read",
              Arrays.stream(StoredType.values()).filter(type -> type.reader().isPresent()).toList())
          .maybe("save it anew as F32 or F16.");
    }
    try {
      shape(entry);
    } catch (UsageError impossible) {
      throw UsageError.in("read weights")
          .because("\"%s\" is larger than an array can be", entry.name())
          .value("file", file)
          .value("shape", entry.dims())
          .error();
    }
  }

  private static Shape shape(Header.Entry entry) {
    return Shape.ofSizes(entry.dims().stream().mapToLong(Long::longValue).toArray());
  }

  private Array array(Header.Entry entry) throws IOException {
    StoredType.Reader reader = entry.type().reader().orElseThrow();
    int bytes = entry.type().bits() / Byte.SIZE;
    double[] values = new double[(int) entry.size()];
    int perChunk = CHUNK / bytes;
    for (int from = 0; from < values.length; from += perChunk) {
      int count = Math.min(perChunk, values.length - from);
      long position = dataStart + entry.begin() + (long) from * bytes;
      ByteBuffer buffer = filled(channel, position, count * bytes);
      for (int i = from; i < from + count; i++) {
        values[i] = reader.read(buffer);
      }
    }
    return Array.wrap(shape(entry), values);
  }

  private static ByteBuffer filled(FileChannel channel, long position, int bytes)
      throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, position + buffer.position()) < 0) {
        throw new IOException("the file became shorter while it was read");
      }
    }
    return buffer.flip();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
