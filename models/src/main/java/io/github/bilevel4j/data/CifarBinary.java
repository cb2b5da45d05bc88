package io.github.bilevel4j.data;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.check.UsageError;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The binary files of CIFAR-10 and CIFAR-100 (Krizhevsky: Learning Multiple Layers of Features from
 * Tiny Images, 2009). A record is one or two label bytes, then the red, green and blue plane of 32
 * x 32 samples each. A file may have any number of whole records.
 */
public final class CifarBinary {
  private static final int SIDE = 32;
  private static final int PLANE = SIDE * SIDE;

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
   *     records, or names a class that does not exist
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
    List<byte[]> images = new ArrayList<>();
    IntStream.Builder labels = IntStream.builder();
    for (String name : names) {
      byte[] file = records(name);
      for (int at = 0; at < file.length; at += recordLength()) {
        labels.add(label(name, file, at));
        images.add(channelsLast(file, at + labelBytes));
      }
    }
    return LabeledImages.owning(
        SIDE, SIDE, 3, images.toArray(byte[][]::new), labels.build().toArray(), classNames);
  }

  private int recordLength() {
    return labelBytes + 3 * PLANE;
  }

  private byte[] records(String name) {
    byte[] file = bytes(directory, name);
    if (file.length == 0 || file.length % recordLength() != 0) {
      throw UsageError.in("read images")
          .because("%s has a wrong length", directory.resolve(name))
          .value("has", "%,d bytes".formatted(file.length))
          .value("needs", "a multiple of %,d bytes".formatted(recordLength()))
          .maybe("the file was not copied to its end, or is of the other CIFAR.");
    }
    return file;
  }

  /** CIFAR-100 has the coarse label first; the fine one is the last byte before the planes. */
  private int label(String name, byte[] file, int at) {
    int label = file[at + labelBytes - 1] & 0xff;
    if (label >= classNames.size()) {
      throw UsageError.in("read images")
          .because("%s has a label that names no class", directory.resolve(name))
          .value("image", at / recordLength())
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

  private static ImmutableList<String> classNames(Path directory, String file) {
    return new String(bytes(directory, file), StandardCharsets.UTF_8)
        .lines()
        .map(String::strip)
        .filter(name -> !name.isEmpty())
        .collect(ImmutableList.toImmutableList());
  }

  private static byte[] bytes(Path directory, String name) {
    try {
      return Files.readAllBytes(directory.resolve(name));
    } catch (IOException e) {
      throw UsageError.in("read images")
          .because("the CIFAR file %s cannot be read", directory.resolve(name))
          .value("reason", e instanceof NoSuchFileException ? "there is no such file" : e)
          .maybe("the folder should be that unpacked from the archive of the binary version.");
    }
  }
}
