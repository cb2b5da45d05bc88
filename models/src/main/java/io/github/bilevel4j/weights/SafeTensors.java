package io.github.bilevel4j.weights;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.shape.Array;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Named arrays in a file of the safetensors format: the header's length (8 bytes, little-endian),
 * the header as JSON, the numbers.
 */
public final class SafeTensors {
  private static final int LENGTH_BYTES = Long.BYTES;
  private static final long LONGEST_HEADER = 100_000_000;
  private static final int CHUNK = 1 << 16;
  private static final int SHOWN = 5;

  private SafeTensors() {}

  /**
   * Writes arrays. The file appears whole or not at all: it is written under another name beside it
   * and moved.
   *
   * @throws IllegalArgumentException if the file's folder does not exist
   * @throws UncheckedIOException if it cannot be written
   */
  public static void write(Path file, Map<String, Array> arrays, ElementType type) {
    Path target = file.toAbsolutePath();
    if (!Files.isDirectory(target.getParent())) {
      throw UsageError.in("write weights")
          .because("there is no folder %s", target.getParent())
          .value("file", file)
          .maybe("the folder has to be made first.");
    }
    Path part = target.resolveSibling(target.getFileName() + ".part");
    try {
      try {
        writePart(part, arrays, type);
        Files.move(
            part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(part);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("weights cannot be written to " + file, e);
    }
  }

  private static void writePart(Path part, Map<String, Array> arrays, ElementType type)
      throws IOException {
    byte[] header = Header.of(arrays, type).toBytes();
    try (FileChannel channel =
        FileChannel.open(
            part,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      drain(channel, buffer(LENGTH_BYTES).putLong(header.length));
      drain(channel, ByteBuffer.wrap(header).position(header.length));
      for (Array array : arrays.values()) {
        writeNumbers(channel, array, type);
      }
      channel.force(true);
    }
  }

  private static void writeNumbers(FileChannel channel, Array array, ElementType type)
      throws IOException {
    ByteBuffer buffer = buffer(CHUNK);
    for (int i = 0; i < array.size(); i++) {
      type.put(buffer, array.at(i));
      if (!buffer.hasRemaining()) {
        drain(channel, buffer);
      }
    }
    drain(channel, buffer);
  }

  private static void drain(FileChannel channel, ByteBuffer buffer) throws IOException {
    buffer.flip();
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    buffer.clear();
  }

  /**
   * Reads all arrays of a file, in the order of its header.
   *
   * @throws IllegalArgumentException if there is no such file, or it is broken or of another format
   * @throws UncheckedIOException if it cannot be read
   */
  public static ImmutableMap<String, Array> read(Path file) {
    if (!Files.isRegularFile(file)) {
      throw UsageError.in("read weights")
          .because("there is no file %s", file)
          .maybe("the path is misspelt, or the run that writes it has not ended.");
    }
    try (FileChannel channel = FileChannel.open(file)) {
      return read(file, channel);
    } catch (IOException e) {
      throw new UncheckedIOException("weights cannot be read from " + file, e);
    }
  }

  private static ImmutableMap<String, Array> read(Path file, FileChannel channel)
      throws IOException {
    long size = channel.size();
    long headerSize = size < LENGTH_BYTES ? -1 : filled(channel, 0, LENGTH_BYTES).getLong();
    long dataStart = LENGTH_BYTES + headerSize;
    if (headerSize < 0 || headerSize > LONGEST_HEADER || dataStart > size) {
      throw MalformedFile.at(file, "the file of " + size + " bytes has no whole header");
    }
    byte[] text = filled(channel, LENGTH_BYTES, (int) headerSize).array();
    ImmutableMap.Builder<String, Array> arrays = ImmutableMap.builder();
    for (Header.Entry entry : Header.parse(file, text, size - dataStart).entries()) {
      arrays.put(entry.name(), numbers(channel, entry, dataStart + entry.begin()));
    }
    return arrays.buildOrThrow();
  }

  private static Array numbers(FileChannel channel, Header.Entry entry, long start)
      throws IOException {
    double[] values = new double[Math.toIntExact(entry.shape().size())];
    int perChunk = CHUNK / entry.type().bytes();
    for (int from = 0; from < values.length; from += perChunk) {
      int count = Math.min(perChunk, values.length - from);
      long position = start + (long) from * entry.type().bytes();
      ByteBuffer buffer = filled(channel, position, count * entry.type().bytes());
      for (int i = from; i < from + count; i++) {
        values[i] = entry.type().get(buffer);
      }
    }
    return Array.wrap(entry.shape(), values);
  }

  private static ByteBuffer filled(FileChannel channel, long position, int bytes)
      throws IOException {
    ByteBuffer buffer = buffer(bytes);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, position + buffer.position()) < 0) {
        throw new IOException("the file became shorter while it was read");
      }
    }
    return buffer.flip();
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Reads the values of variables by their keys. Other arrays in the file are left out.
   *
   * @throws IllegalArgumentException as {@link #read(Path)}, and if a variable is not in the file
   *     or has another shape there, naming the first few
   */
  public static ImmutableMap<String, Array> read(Path file, Variables variables) {
    ImmutableMap<String, Array> arrays = read(file);
    requireNames(file, arrays, variables);
    requireShapes(file, arrays, variables);
    return variables.names().stream()
        .collect(ImmutableMap.toImmutableMap(name -> name, arrays::get));
  }

  private static void requireNames(Path file, Map<String, Array> arrays, Variables variables) {
    List<String> missing =
        variables.names().stream().filter(name -> !arrays.containsKey(name)).toList();
    if (!missing.isEmpty()) {
      throw UsageError.in("read weights")
          .because("%d of %d variables are missing", missing.size(), variables.names().size())
          .value("file", file)
          .value("missing", firstOf(missing.stream(), missing.size()))
          .value("found", firstOf(arrays.keySet().stream(), arrays.size()))
          .maybe("the weights belong to another network, or its scope has another path.");
    }
  }

  private static void requireShapes(Path file, Map<String, Array> arrays, Variables variables) {
    List<Map.Entry<String, Expr>> different =
        variables.leaves().entrySet().stream()
            .filter(leaf -> !leaf.getValue().shape().equals(arrays.get(leaf.getKey()).shape()))
            .toList();
    if (!different.isEmpty()) {
      UsageError.Message mistake =
          UsageError.in("read weights")
              .because(
                  "%d of %d variables have another shape in the file",
                  different.size(), variables.names().size())
              .row("variable", "network", "file");
      for (Map.Entry<String, Expr> leaf : different.subList(0, Math.min(SHOWN, different.size()))) {
        mistake =
            mistake.row(
                leaf.getKey(),
                leaf.getValue().shape().toString(),
                arrays.get(leaf.getKey()).shape().toString());
      }
      throw mistake.maybe(
          "the weights in %s belong to a network of another width or with another stem.", file);
    }
  }

  private static String firstOf(Stream<String> names, int count) {
    String more = count > SHOWN ? ", ..." : "";
    return names.limit(SHOWN).collect(Collectors.joining(", ", "", more));
  }
}
