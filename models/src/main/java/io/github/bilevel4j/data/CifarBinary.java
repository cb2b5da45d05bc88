package io.github.bilevel4j.data;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.Ints;
import io.github.bilevel4j.check.Heap;
import io.github.bilevel4j.check.ReadFailure;
import io.github.bilevel4j.check.UsageError;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The binary files of CIFAR-10 and CIFAR-100 (Krizhevsky: Learning Multiple Layers of Features from
 * Tiny Images, 2009). A record is one or two label bytes, then the red, green and blue plane of 32
 * x 32 samples each. A file may have any number of whole records. Class names are lines of UTF-8,
 * at most 1 MB of them.
 */
public final class CifarBinary {
  private static final int SIDE = 32;
  private static final int PLANE = SIDE * SIDE;

  /** What an array takes beside its elements, with the reference to it. */
  private static final int ARRAY_OVERHEAD = 24;

  /** No longer list is read, in bytes. */
  private static final long MOST_TEXT = 1 << 20;

  /** Of a part, as many as an array can hold. */
  private static final int MOST_IMAGES = Integer.MAX_VALUE - 8;

  private static final int BUFFER = 1 << 18;
  private static final String BYTE_ORDER_MARK = "\uFEFF";

  private final Path directory;
  private final int labelBytes;
  private final ImmutableList<String> classNames;

  private CifarBinary(Path directory, int labelBytes, ImmutableList<String> classNames) {
    this.directory = directory;
    this.labelBytes = labelBytes;
    this.classNames = classNames;
  }

  /**
   * CIFAR-10 from {@code data_batch_1.bin} to {@code data_batch_5.bin}, {@code test_batch.bin} and
   * {@code batches.meta.txt}.
   *
   * @throws IllegalArgumentException if a file is missing, has another length than that of whole
   *     records, or names a class that does not exist, class names are not UTF-8, or the images do
   *     not fit into memory
   */
  public static ImageDataset cifar10(Path directory) {
    CifarBinary cifar = new CifarBinary(directory, 1, classNames(directory, "batches.meta.txt"));
    return new ImageDataset(
        cifar.read(
            "data_batch_1.bin",
            "data_batch_2.bin",
            "data_batch_3.bin",
            "data_batch_4.bin",
            "data_batch_5.bin"),
        cifar.read("test_batch.bin"),
        "CIFAR-10 from " + directory);
  }

  /**
   * CIFAR-100 with its 100 fine labels, from {@code train.bin}, {@code test.bin} and {@code
   * fine_label_names.txt}.
   *
   * @throws IllegalArgumentException as {@link #cifar10}
   */
  public static ImageDataset cifar100(Path directory) {
    CifarBinary cifar =
        new CifarBinary(directory, 2, classNames(directory, "fine_label_names.txt"));
    return new ImageDataset(
        cifar.read("train.bin"), cifar.read("test.bin"), "CIFAR-100 from " + directory);
  }

  private LabeledImages read(String... names) {
    long count = 0;
    for (String name : names) {
      count += records(name);
    }
    requireMemory(count);
    byte[][] images = new byte[(int) count][];
    int[] labels = new int[(int) count];
    int at = 0;
    for (String name : names) {
      at = read(name, images, labels, at);
    }
    return LabeledImages.owning(SIDE, SIDE, 3, images, labels, classNames);
  }

  /** Reads the images of a file to the given position and tells the one behind. */
  private int read(String name, byte[][] images, int[] labels, int start) {
    int count = records(name);
    try (InputStream in =
        new BufferedInputStream(Files.newInputStream(directory.resolve(name)), BUFFER)) {
      byte[] record = new byte[recordLength()];
      for (int i = 0; i < count; i++) {
        if (in.readNBytes(record, 0, record.length) < record.length) {
          throw new IOException("it became shorter while it was read");
        }
        labels[start + i] = label(name, record, i);
        images[start + i] = channelsLast(record, labelBytes);
      }
    } catch (IOException e) {
      throw unreadable(directory, name, e);
    }
    return start + count;
  }

  private void requireMemory(long count) {
    long need = count * (3 * PLANE + ARRAY_OVERHEAD);
    if (count > MOST_IMAGES || Heap.lacks(need)) {
      throw UsageError.in("read images")
          .because("the images of %s do not fit into memory", directory)
          .value("images", String.format(Locale.ROOT, "%,d of %d x %d", count, SIDE, SIDE))
          .value("need", Heap.megabytes(need))
          .value("Java has", Heap.megabytes(Heap.free()))
          .maybe("give Java more memory with -Xmx.");
    }
  }

  private int recordLength() {
    return labelBytes + 3 * PLANE;
  }

  /** How many images a file has, by its length. */
  private int records(String name) {
    long size = size(directory, name);
    if (size == 0 || size % recordLength() != 0) {
      throw UsageError.in("read images")
          .because("%s has a wrong length", directory.resolve(name))
          .value("has", String.format(Locale.ROOT, "%,d bytes", size))
          .value("needs", String.format(Locale.ROOT, "a multiple of %,d bytes", recordLength()))
          .maybe("the file was not copied to its end, or is of the other CIFAR.");
    }
    return Ints.saturatedCast(size / recordLength());
  }

  /** CIFAR-100 has the coarse label first; the fine one is the last byte before the planes. */
  private int label(String name, byte[] record, int image) {
    int label = record[labelBytes - 1] & 0xff;
    if (label >= classNames.size()) {
      throw UsageError.in("read images")
          .because("%s has a label that names no class", directory.resolve(name))
          .value("image", image)
          .value("label", label)
          .value("classes", classNames.size())
          .maybe("the file is damaged, or the list of class names is incomplete.");
    }
    return label;
  }

  private static byte[] channelsLast(byte[] file, int planes) {
    byte[] image = new byte[3 * PLANE];
    for (int i = 0; i < image.length; i++) {
      image[i] = file[planes + i % 3 * PLANE + i / 3];
    }
    return image;
  }

  /** One name on a line; a byte-order mark before the first is not part of it. */
  private static ImmutableList<String> classNames(Path directory, String file) {
    String text = text(directory, file);
    return (text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text)
        .lines()
        .map(String::strip)
        .filter(name -> !name.isEmpty())
        .collect(ImmutableList.toImmutableList());
  }

  private static String text(Path directory, String name) {
    long size = size(directory, name);
    if (size > MOST_TEXT) {
      throw UsageError.in("read images")
          .because("%s is too long for a list of class names", directory.resolve(name))
          .value("has", String.format(Locale.ROOT, "%,d bytes", size))
          .value("limit", String.format(Locale.ROOT, "%,d bytes", MOST_TEXT))
          .error();
    }
    try (InputStream in = Files.newInputStream(directory.resolve(name))) {
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(in.readNBytes((int) size))).toString();
    } catch (CharacterCodingException e) {
      throw UsageError.in("read images")
          .because("the class names in %s are not UTF-8", directory.resolve(name))
          .maybe("save the list anew in UTF-8.");
    } catch (IOException e) {
      throw unreadable(directory, name, e);
    }
  }

  private static long size(Path directory, String name) {
    try {
      BasicFileAttributes file =
          Files.readAttributes(directory.resolve(name), BasicFileAttributes.class);
      if (!file.isRegularFile()) {
        throw new IOException("it is not a regular file");
      }
      return file.size();
    } catch (IOException e) {
      throw unreadable(directory, name, e);
    }
  }

  private static UsageError unreadable(Path directory, String name, IOException e) {
    return UsageError.in("read images")
        .because("the CIFAR file %s cannot be read", directory.resolve(name))
        .value("reason", ReadFailure.reason(e))
        .maybe("the folder should be that unpacked from the archive of the binary version.");
  }

  /** Advice for a folder of CIFAR's files that is given as one of pictures. */
  static Optional<String> hint(Folder top) {
    return hint(top, "")
        .or(() -> top.onlyFolder().flatMap(inner -> hint(inner, "/" + inner.name())));
  }

  private static Optional<String> hint(Folder folder, String below) {
    ImmutableList<String> names = folder.names();
    String path = folder.source() + below;
    if (names.contains("data_batch_1.bin")) {
      return Optional.of("it holds CIFAR-10's binary files: give it as cifar10:" + path);
    } else if (names.containsAll(List.of("train.bin", "fine_label_names.txt"))) {
      return Optional.of("it holds CIFAR-100's binary files: give it as cifar100:" + path);
    } else if (names.contains("batches.meta") || names.containsAll(List.of("train", "meta"))) {
      return Optional.of("it holds CIFAR's Python files: download the binary version.");
    }
    return Optional.empty();
  }
}
