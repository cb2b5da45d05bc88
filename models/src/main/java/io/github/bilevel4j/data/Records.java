package io.github.bilevel4j.data;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.Ints;
import io.github.bilevel4j.check.Heap;
import io.github.bilevel4j.check.UsageError;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The images of one file of a data set, in memory. */
final class Records {
  /** What an array takes beside its elements, with the reference to it. */
  private static final int ARRAY_OVERHEAD = 24;

  private final String file;
  private final byte[][] images;
  private final int[] labels;

  /**
   * Images.
   *
   * @param file how it is called in messages
   * @param images arrays {@code [height, width, 3]}
   * @param labels the number of each image's class, from 0, not checked yet
   */
  Records(String file, byte[][] images, int[] labels) {
    this.file = file;
    this.images = images;
    this.labels = labels;
  }

  /** Fails unless so many square images fit into memory. */
  static void requireMemory(Path source, long count, int side, String advice) {
    long need = count * (3L * side * side + ARRAY_OVERHEAD);
    if (Heap.lacks(need)) {
      throw UsageError.in("read images")
          .because("the images of %s do not fit into memory", source)
          .value("images", String.format(Locale.ROOT, "%,d of %d x %d", count, side, side))
          .value("need", Heap.megabytes(need))
          .value("Java has", Heap.megabytes(Heap.free()))
          .maybe("%s", advice);
    }
  }

  /** The data set of files. */
  static ImageDataset dataset(
      int side,
      List<Records> train,
      Records test,
      ImmutableList<String> classNames,
      String description,
      DataSettings settings,
      Path source) {
    LabeledImages all = joined(side, train, classNames);
    LabeledImages tested = requireAllClasses(joined(side, List.of(test), classNames), source);
    return new ImageDataset(
        subset(all, settings, source), tested, description + subsetNote(settings));
  }

  /** The images of the train part that a list names, or all. */
  static LabeledImages subset(LabeledImages train, DataSettings settings, Path source) {
    return settings.subset().map(list -> SubsetList.read(list).of(train, source)).orElse(train);
  }

  /** What a description should tell of the list, or empty. */
  static String subsetNote(DataSettings settings) {
    return settings.subset().map(list -> ", train part by " + list).orElse("");
  }

  /** The images of several files, one after another. */
  private static LabeledImages joined(
      int side, List<Records> files, ImmutableList<String> classNames) {
    List<byte[]> images = new ArrayList<>();
    List<int[]> labels = new ArrayList<>();
    for (Records each : files) {
      each.requireLabels(classNames);
      images.addAll(List.of(each.images));
      labels.add(each.labels);
    }
    return LabeledImages.owning(
        side,
        side,
        3,
        images.toArray(byte[][]::new),
        Ints.concat(labels.toArray(int[][]::new)),
        classNames);
  }

  private void requireLabels(ImmutableList<String> classNames) {
    for (int i = 0; i < labels.length; i++) {
      requireLabel(file, i, labels[i], classNames.size(), 0);
    }
  }

  /** Fails if a label, told as the file has it, names none of the classes. */
  static void requireLabel(String file, int image, int label, int classes, int first) {
    if (label < 0 || label >= classes) {
      throw UsageError.in("read images")
          .because("%s has a label that names no class", file)
          .value("image", image)
          .value("label", label + first)
          .value("classes", classes)
          .maybe("the file is damaged, or the list of class names is incomplete.");
    }
  }

  /** Fails if a test part lacks classes: accuracies would tell nothing about them. */
  static LabeledImages requireAllClasses(LabeledImages test, Path source) {
    boolean[] has = new boolean[test.classCount()];
    for (int label : test.labels()) {
      has[label] = true;
    }
    List<String> missing = new ArrayList<>();
    for (int label = 0; label < has.length; label++) {
      if (!has[label]) {
        missing.add(test.classNames().get(label));
      }
    }
    if (!missing.isEmpty()) {
      throw UsageError.in("read images")
          .because("%d of %d classes have no test image in %s", missing.size(), has.length, source)
          .value("classes", Folder.summary(missing))
          .maybe("the test part was cut short, or the names of classes are of other data.");
    }
    return test;
  }
}
