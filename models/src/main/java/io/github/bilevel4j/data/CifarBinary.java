package io.github.bilevel4j.data;

import com.google.common.collect.ImmutableList;
import com.google.errorprone.annotations.Immutable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The binary files of CIFAR-10 and CIFAR-100 (Krizhevsky: Learning Multiple Layers of Features from
 * Tiny Images, 2009), in a folder or as the archive that is offered for download. A record is one
 * or two label bytes, then the red, green and blue plane of 32 x 32 samples each. A file may have
 * any number of whole records. Class names are lines of UTF-8, at most 1 MB of them.
 */
@Immutable
public final class CifarBinary {
  static final int SIDE = 32;
  static final int PLANE = SIDE * SIDE;

  private static final String ADVICE =
      "the folder should be that unpacked from the archive of the binary version.";

  /** CIFAR-10's files. */
  static final CifarBinary CIFAR_10 =
      new CifarBinary(
          "CIFAR-10",
          1,
          ImmutableList.of(
              "data_batch_1.bin",
              "data_batch_2.bin",
              "data_batch_3.bin",
              "data_batch_4.bin",
              "data_batch_5.bin"),
          "test_batch.bin",
          "batches.meta.txt");

  /** CIFAR-100's files. */
  static final CifarBinary CIFAR_100 =
      new CifarBinary(
          "CIFAR-100", 2, ImmutableList.of("train.bin"), "test.bin", "fine_label_names.txt");

  private final String title;
  private final int labelBytes;
  private final ImmutableList<String> train;
  private final String test;
  private final String names;

  private CifarBinary(
      String title, int labelBytes, ImmutableList<String> train, String test, String names) {
    this.title = title;
    this.labelBytes = labelBytes;
    this.train = train;
    this.test = test;
    this.names = names;
  }

  /**
   * CIFAR-10 from {@code data_batch_1.bin} to {@code data_batch_5.bin}, {@code test_batch.bin} and
   * {@code batches.meta.txt}.
   *
   * @param source the folder of these files, or a tar archive, which gzip may have packed
   * @throws IllegalArgumentException if a file is missing, has another length than that of whole
   *     records, or names a class that does not exist, a class has no test image, class names are
   *     not UTF-8, the archive is damaged, or the images do not fit into memory
   */
  public static ImageDataset cifar10(Path source) {
    return CIFAR_10.read(source, DataSettings.of());
  }

  /**
   * CIFAR-100 with its 100 fine labels, from {@code train.bin}, {@code test.bin} and {@code
   * fine_label_names.txt}.
   *
   * @param source as {@link #cifar10}
   * @throws IllegalArgumentException as {@link #cifar10}
   */
  public static ImageDataset cifar100(Path source) {
    return CIFAR_100.read(source, DataSettings.of());
  }

  /** All that is read; class names come first. */
  ImmutableList<String> files() {
    return ImmutableList.<String>builder().add(names).addAll(train).add(test).build();
  }

  ImageDataset read(Path source, DataSettings settings) {
    DownloadedFiles files = new DownloadedFiles(source, "CIFAR", ADVICE);
    Map<String, Records> records = new HashMap<>();
    ImmutableList.Builder<String> classNames = ImmutableList.builder();
    files.visit(
        files(),
        (name, size, in) -> {
          if (name.equals(names)) {
            classNames.addAll(files.lines(name, size, in));
          } else {
            records.put(name, records(files, name, size, in));
          }
        });
    ImmutableList<String> classes = classNames.build();
    return Records.dataset(
        SIDE,
        train.stream().map(records::get).toList(),
        records.get(test),
        classes,
        title + " from " + source,
        settings,
        source);
  }

  private Records records(DownloadedFiles files, String name, long size, InputStream in)
      throws IOException {
    byte[] record = new byte[labelBytes + 3 * PLANE];
    int count = files.records(name, size, record.length);
    Records.requireMemory(files.source(), count, SIDE, "give Java more memory with -Xmx.");
    byte[][] images = new byte[count][];
    int[] labels = new int[count];
    for (int i = 0; i < count; i++) {
      if (in.readNBytes(record, 0, record.length) < record.length) {
        throw new EOFException();
      }
      // CIFAR-100 has the coarse label first; the fine one is the last byte before the planes.
      labels[i] = record[labelBytes - 1] & 0xff;
      images[i] = channelsLast(record, labelBytes);
    }
    return new Records(files.shown(name), images, labels);
  }

  /** An image from three planes. */
  static byte[] channelsLast(byte[] from, int planes) {
    byte[] image = new byte[3 * PLANE];
    for (int i = 0; i < image.length; i++) {
      image[i] = from[planes + i % 3 * PLANE + i / 3];
    }
    return image;
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
      return Optional.of(
          "it holds some of CIFAR's Python files: the folder that was unpacked has all.");
    }
    return Optional.empty();
  }
}
