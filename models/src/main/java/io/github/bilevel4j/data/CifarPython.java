package io.github.bilevel4j.data;

import com.google.common.collect.ImmutableList;
import com.google.errorprone.annotations.Immutable;
import io.github.bilevel4j.check.Heap;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.weights.PythonDictionary;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The Python version of CIFAR-10 and CIFAR-100: pickled dictionaries of an array with a row of the
 * red, green and blue plane for each image, and a list of labels. No code in them can run.
 */
@Immutable
final class CifarPython {
  /** CIFAR-10's files. */
  static final CifarPython CIFAR_10 =
      new CifarPython(
          "CIFAR-10",
          ImmutableList.of(
              "data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5"),
          "test_batch",
          "batches.meta",
          "labels",
          "label_names");

  /** CIFAR-100's files, of which the 100 fine labels are read. */
  static final CifarPython CIFAR_100 =
      new CifarPython(
          "CIFAR-100",
          ImmutableList.of("train"),
          "test",
          "meta",
          "fine_labels",
          "fine_label_names");

  private static final int PIXELS = 3 * CifarBinary.PLANE;

  /** A file, its array as a text, and as bytes. */
  private static final int COPIES = 3;

  private final String title;
  private final ImmutableList<String> train;
  private final String test;
  private final String meta;
  private final String labels;
  private final String names;

  private CifarPython(
      String title,
      ImmutableList<String> train,
      String test,
      String meta,
      String labels,
      String names) {
    this.title = title;
    this.train = train;
    this.test = test;
    this.meta = meta;
    this.labels = labels;
    this.names = names;
  }

  /** All that is read; class names come first. */
  ImmutableList<String> files() {
    return ImmutableList.<String>builder().add(meta).addAll(train).add(test).build();
  }

  ImageDataset read(Path source, DataSettings settings) {
    DownloadedFiles files =
        new DownloadedFiles(
            source,
            "CIFAR",
            "the folder should be that unpacked from the archive of the Python version.");
    Map<String, Records> records = new HashMap<>();
    ImmutableList.Builder<String> classNames = ImmutableList.builder();
    files.visit(
        files(),
        (name, size, in) -> {
          PythonDictionary dictionary =
              PythonDictionary.read("read images", files.shown(name), content(size, in));
          if (name.equals(meta)) {
            classNames.addAll(dictionary.texts(names));
          } else {
            records.put(name, records(files, name, dictionary));
          }
        });
    return Records.dataset(
        CifarBinary.SIDE,
        train.stream().map(records::get).toList(),
        records.get(test),
        classNames.build(),
        title + " (Python version) from " + source,
        settings,
        source);
  }

  private static byte[] content(long size, InputStream in) throws IOException {
    if (size > Integer.MAX_VALUE - 8 || Heap.lacks(COPIES * size)) {
      throw new IOException(
          "reading it needs %s; Java has %s"
              .formatted(Heap.megabytes(COPIES * size), Heap.megabytes(Heap.free())));
    }
    byte[] content = in.readNBytes((int) size);
    if (content.length < size) {
      throw new EOFException();
    }
    return content;
  }

  private Records records(DownloadedFiles files, String name, PythonDictionary dictionary) {
    ByteBuffer rows = dictionary.bytes("data", PIXELS);
    List<Long> numbers = dictionary.numbers(labels);
    int count = rows.remaining() / PIXELS;
    if (numbers.size() != count || count == 0) {
      throw UsageError.in("read images")
          .because("%s has %,d images and %,d labels", files.shown(name), count, numbers.size())
          .maybe("the file is damaged.");
    }
    Records.requireMemory(
        files.source(), count, CifarBinary.SIDE, "give Java more memory with -Xmx.");
    byte[][] images = new byte[count][];
    int[] classes = new int[count];
    byte[] row = new byte[PIXELS];
    for (int i = 0; i < count; i++) {
      rows.get(row);
      images[i] = CifarBinary.channelsLast(row, 0);
      classes[i] = (int) Math.max(-1, Math.min(numbers.get(i), Integer.MAX_VALUE));
    }
    return new Records(files.shown(name), images, classes);
  }
}
