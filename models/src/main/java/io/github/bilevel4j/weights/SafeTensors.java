package io.github.bilevel4j.weights;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Sets;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.file.WholeFile;
import io.github.bilevel4j.file.WriteException;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Named arrays in a file of the safetensors format: the header's length (8 bytes, little-endian),
 * the header as JSON, the numbers. Reads F64, F32, F16, BF16, whole numbers of 8 to 64 bits (exact
 * up to 2^53) and BOOL as 0 and 1.
 *
 * <p>Limits: a header of at most 100,000,000 bytes, as the format has it, and what Java's memory
 * takes; that is known from the header, before an array is made.
 */
public final class SafeTensors {
  private static final int LENGTH_BYTES = Long.BYTES;
  private static final int CHUNK = 1 << 16;
  private static final int SHOWN = 5;

  private SafeTensors() {}

  /**
   * Writes arrays. The file appears whole or not at all, as {@link WholeFile} says.
   *
   * @throws IllegalArgumentException if the file's folder does not exist
   * @throws WriteException if it cannot be written
   */
  public static void write(Path file, Map<String, Array> arrays, ElementType type) {
    write(file, arrays, type, ImmutableMap.of());
  }

  /**
   * Writes arrays and texts about them, which become the format's metadata.
   *
   * @throws IllegalArgumentException if the file's folder does not exist
   * @throws WriteException if it cannot be written
   */
  public static void write(
      Path file, Map<String, Array> arrays, ElementType type, Map<String, String> metadata) {
    write(file, ArraySource.of(arrays), name -> type, metadata);
  }

  /**
   * Writes arrays one after another, and texts about them.
   *
   * @throws IllegalArgumentException if the file's folder does not exist
   * @throws WriteException if it cannot be written
   */
  public static void write(
      Path file, ArraySource arrays, ElementType type, Map<String, String> metadata) {
    write(file, arrays, name -> type, metadata);
  }

  static void write(
      Path file,
      ArraySource arrays,
      Function<String, ElementType> types,
      Map<String, String> metadata) {
    Path target = file.toAbsolutePath();
    if (!Files.isDirectory(target.getParent())) {
      throw UsageError.in("write weights")
          .because("there is no folder %s", target.getParent())
          .value("file", file)
          .maybe("the folder has to be made first.");
    }
    Header header = Header.of(arrays.shapes(), types, metadata);
    WholeFile.write(file, out -> writeAll(out, header, arrays, types));
  }

  /** Writes a header and the arrays that it tells of. */
  static void writeAll(
      OutputStream out, Header header, ArraySource arrays, Function<String, ElementType> types)
      throws IOException {
    byte[] text = header.toBytes();
    drain(out, buffer(LENGTH_BYTES).putLong(text.length));
    out.write(text);
    for (String name : arrays.shapes().keySet()) {
      writeNumbers(out, arrays.array(name), types.apply(name));
    }
  }

  private static void writeNumbers(OutputStream out, Array array, ElementType type)
      throws IOException {
    ByteBuffer buffer = buffer(CHUNK);
    for (int i = 0; i < array.size(); i++) {
      type.put(buffer, array.at(i));
      if (!buffer.hasRemaining()) {
        drain(out, buffer);
      }
    }
    drain(out, buffer);
  }

  private static void drain(OutputStream out, ByteBuffer buffer) throws IOException {
    out.write(buffer.array(), buffer.arrayOffset(), buffer.position());
    buffer.clear();
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Reads all arrays of a file, in the order of its header.
   *
   * @throws UsageError if there is no such file, it cannot be read, is broken or of another format,
   *     has an array whose type is not read, or the arrays do not fit into memory
   */
  public static ImmutableMap<String, Array> read(Path file) {
    return opened(file, WeightsFile::read);
  }

  /**
   * Reads the values of variables by their keys. Other arrays in the file are left out, whatever
   * their type.
   *
   * @throws UsageError as {@link #read(Path)}, and if a variable is not in the file or has another
   *     shape there, naming the first few
   */
  public static ImmutableMap<String, Array> read(Path file, Variables variables) {
    return opened(
        file,
        open -> {
          requireNames(file, open.shapes(), variables);
          requireShapes(file, open.shapes(), variables);
          return open.read(variables.names());
        });
  }

  /**
   * Reads those of the variables that are in the file, in whatever shape they have there.
   *
   * @throws UsageError as {@link #read(Path)}
   */
  public static ImmutableMap<String, Array> readPresent(Path file, Variables variables) {
    return opened(
        file, open -> open.read(Sets.intersection(variables.names(), open.shapes().keySet())));
  }

  private static ImmutableMap<String, Array> opened(
      Path file, Function<WeightsFile, ImmutableMap<String, Array>> reading) {
    try (WeightsFile open = WeightsFile.open(file, SafeTensorsFormat::content)) {
      return reading.apply(open);
    }
  }

  private static void requireNames(
      Path file, Map<String, ImmutableList<Long>> shapes, Variables variables) {
    List<String> missing =
        variables.names().stream().filter(name -> !shapes.containsKey(name)).toList();
    if (!missing.isEmpty()) {
      throw UsageError.in("read weights")
          .because("%d of %d variables are missing", missing.size(), variables.names().size())
          .value("file", file)
          .value("missing", firstOf(missing.stream(), missing.size()))
          .value("found", firstOf(shapes.keySet().stream(), shapes.size()))
          .maybe("the weights belong to another network, or its scope has another path.");
    }
  }

  private static void requireShapes(
      Path file, Map<String, ImmutableList<Long>> shapes, Variables variables) {
    List<Map.Entry<String, Expr>> different =
        variables.leaves().entrySet().stream()
            .filter(leaf -> !isOf(leaf.getValue().shape(), shapes.get(leaf.getKey())))
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
                shapes.get(leaf.getKey()).toString());
      }
      throw mistake.maybe(
          "the weights in %s belong to a network of another width or with another stem.", file);
    }
  }

  private static boolean isOf(Shape shape, List<Long> dims) {
    return Arrays.stream(shape.toArray()).asLongStream().boxed().toList().equals(dims);
  }

  private static String firstOf(Stream<String> names, int count) {
    String more = count > SHOWN ? ", ..." : "";
    return names.limit(SHOWN).collect(Collectors.joining(", ", "", more));
  }
}
