package io.github.bilevel4j.weights;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import com.google.common.io.Closer;
import io.github.bilevel4j.check.FileNames;
import io.github.bilevel4j.check.Heap;
import io.github.bilevel4j.check.ReadFailure;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.shape.Array;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/**
 * An open file of named arrays: safetensors, or PyTorch's {@code .pth}, {@code .pt} and {@code
 * .ckpt}, which are ZIP archives since PyTorch 1.6 and plain pickles before. Which of them it is,
 * its first bytes tell. Of a pickle nothing is made but arrays, texts and numbers, so that no code
 * in it can run; values are read when they are asked for.
 *
 * <pre>{@code
 * try (WeightsFile file = WeightsFile.open(Path.of("checkpoint_0199.pth.tar"))) {
 *   Array weight = file.read("module.encoder_q.conv1.weight");
 * }
 * }</pre>
 *
 * <p>Of a checkpoint the dictionary of arrays is found by its usual names, {@code state_dict},
 * {@code model} and others. Limits: a pickle or header of at most 100,000,000 bytes, and what
 * Java's memory takes; that is known before an array is made.
 */
public final class WeightsFile implements Closeable {
  private static final int SNIFFED = 512;
  private static final byte[] ZIP = {'P', 'K', 3, 4};
  private static final int PICKLE = 0x80;
  private static final int TAR_AT = 257;

  /** The types that the inspection of a file tells, by their names. */
  public record Entry(String name, String type, ImmutableList<Long> dims, long bytes) {}

  /**
   * What a file holds.
   *
   * @param container the path to the dictionary of the arrays, empty for the file itself
   * @param opaque the values there that are no arrays which can be read, and what they are
   * @param metadata the texts of a safetensors header
   */
  record Content(
      String format,
      String container,
      ImmutableMap<String, StoredTensor> tensors,
      ImmutableMap<String, String> opaque,
      ImmutableMap<String, String> metadata) {}

  private final Path file;
  private final Closer resources;
  private final Content content;

  private WeightsFile(Path file, Closer resources, Content content) {
    this.file = file;
    this.resources = resources;
    this.content = content;
  }

  /** How the content of an open file is found. */
  interface Format {
    Content content(Path file, FileChannel channel, Closer resources) throws IOException;
  }

  /**
   * Opens a file of any of the formats and reads what it holds, but no array.
   *
   * @throws UsageError if there is none, or it is broken, of another format, or too large
   */
  public static WeightsFile open(Path file) {
    return open(
        file,
        (path, channel, resources) -> format(path, channel).content(path, channel, resources));
  }

  static WeightsFile open(Path file, Format format) {
    if (!Files.isRegularFile(file)) {
      FileNames.requireWhole("read weights", file.toString());
      throw UsageError.in("read weights")
          .because("there is no file %s", file)
          .maybe("the path is misspelt, or the run that writes it has not ended.");
    }
    Closer resources = Closer.create();
    try {
      try {
        FileChannel channel = resources.register(FileChannel.open(file));
        return new WeightsFile(file, resources, format.content(file, channel, resources));
      } catch (IOException | RuntimeException e) {
        resources.close();
        throw e;
      }
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static UsageError unreadable(Path file, IOException e) {
    return UsageError.in("read weights")
        .because("the file %s cannot be read", file)
        .value("reason", ReadFailure.reason(e))
        .error();
  }

  private static Format format(Path file, FileChannel channel) throws IOException {
    int size = (int) Math.min(SNIFFED, channel.size());
    byte[] begin = filled(channel, 0, size).array();
    if (startsWith(begin, ZIP)) {
      return TorchZip::content;
    } else if (startsWith(begin, TorchLegacy.MAGIC)) {
      return TorchLegacy::content;
    } else if (size > 0 && Byte.toUnsignedInt(begin[0]) == PICKLE && begin[1 % size] <= 5) {
      throw UsageError.in("read weights")
          .because("%s is a bare pickle, for instance of Detectron2 or Caffe2", file)
          .maybe("in Python: torch.save({k: torch.as_tensor(v) for k, v in d.items()}, f).");
    } else if (new String(begin, ISO_8859_1).startsWith("ustar", TAR_AT)) {
      throw UsageError.in("read weights")
          .because("%s is a tar archive, a format of PyTorch before 0.1.10", file)
          .maybe("in Python: torch.save(torch.load(f, map_location='cpu'), f).");
    }
    return SafeTensorsFormat::content;
  }

  private static boolean startsWith(byte[] bytes, byte[] begin) {
    return ByteBuffer.wrap(bytes, 0, Math.min(bytes.length, begin.length))
        .equals(ByteBuffer.wrap(begin));
  }

  static void requireMemory(Path file, String what, long need) {
    if (Heap.lacks(need)) {
      throw UsageError.in("read weights")
          .because("%s of %s cannot be read into memory", what, file)
          .value("need", Heap.megabytes(need))
          .value("Java has", Heap.megabytes(Heap.free()))
          .maybe("give Java more memory with -Xmx.");
    }
  }

  static ByteBuffer filled(FileChannel channel, long position, int bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    fill(channel, position, buffer);
    return buffer;
  }

  static void fill(FileChannel channel, long position, ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, position + buffer.position()) < 0) {
        throw new IOException("the file became shorter while it was read");
      }
    }
    buffer.flip();
  }

  /** Where it is. */
  public Path path() {
    return file;
  }

  /** {@code safetensors}, {@code PyTorch (ZIP)} or {@code PyTorch (before 1.6)}. */
  public String format() {
    return content.format();
  }

  /**
   * The path to the dictionary that holds the arrays, for instance {@code state_dict}; empty if it
   * is the file itself.
   */
  public String container() {
    return content.container();
  }

  /** The arrays in the file's order. */
  public ImmutableList<Entry> entries() {
    return content.tensors().values().stream()
        .map(
            tensor ->
                new Entry(
                    tensor.name(),
                    tensor.type().name().toLowerCase(Locale.ROOT),
                    tensor.dims(),
                    tensor.size() * tensor.type().bits() / Byte.SIZE))
        .collect(ImmutableList.toImmutableList());
  }

  /** The dimensions of all arrays, in the file's order. */
  public ImmutableMap<String, ImmutableList<Long>> shapes() {
    return ImmutableMap.copyOf(Maps.transformValues(content.tensors(), StoredTensor::dims));
  }

  /** The texts that a safetensors file has beside its arrays. */
  public ImmutableMap<String, String> metadata() {
    return content.metadata();
  }

  /** The values among the arrays that are none, with what they are. */
  ImmutableMap<String, String> opaque() {
    return content.opaque();
  }

  /**
   * Reads all arrays.
   *
   * @throws UsageError as {@link #read(Collection)}
   */
  public ImmutableMap<String, Array> read() {
    return read(content.tensors().keySet());
  }

  /**
   * Reads one array.
   *
   * @throws UsageError as {@link #read(Collection)}
   */
  public Array read(String name) {
    return read(List.of(name)).get(name);
  }

  /**
   * Reads arrays. Whole numbers are exact up to 2^53, and BOOL is 0 and 1.
   *
   * @throws UsageError if one is not there, its type is not read, one has too many elements or all
   *     have too many for the memory, or the file cannot be read to its end
   */
  public ImmutableMap<String, Array> read(Collection<String> names) {
    long need = 0;
    for (String name : names) {
      StoredTensor tensor = tensor(name);
      tensor.requireArray(file);
      need += tensor.memory();
    }
    requireMemory(file, "the weights", need);
    ImmutableMap.Builder<String, Array> arrays = ImmutableMap.builder();
    try {
      for (String name : names) {
        arrays.put(name, tensor(name).read());
      }
    } catch (IOException e) {
      throw unreadable(file, e);
    }
    return arrays.buildOrThrow();
  }

  private StoredTensor tensor(String name) {
    StoredTensor tensor = content.tensors().get(name);
    if (tensor != null) {
      return tensor;
    }
    String made = content.opaque().get(name);
    String fault =
        made == null
            ? "there is no array \"%s\"".formatted(Header.shown(name))
            : "\"%s\" is an object of %s, and no code is run to make it"
                .formatted(Header.shown(name), Header.shown(made));
    throw UsageError.in("read weights")
        .because("%s", fault)
        .value("file", file)
        .maybe("inspect lists what is there.");
  }

  @Override
  public void close() {
    try {
      resources.close();
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }
}
