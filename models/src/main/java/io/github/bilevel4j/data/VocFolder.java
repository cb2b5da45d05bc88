package io.github.bilevel4j.data;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.check.Heap;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Reads detection data in the format of PASCAL VOC (Everingham et al., 2010): {@code
 * JPEGImages/NAME.jpg}, {@code Annotations/NAME.xml} and, one NAME on each line, {@code
 * ImageSets/Main/trainval.txt} and {@code test.txt}, or {@code train.txt} and {@code val.txt} where
 * there is no {@code test.txt}. All may lie in one folder of the source.
 */
public final class VocFolder {
  private static final String OPERATION = "read boxes";
  private static final int MOST_SHOWN = 5;

  private final Path source;
  private final int side;
  private final ImmutableMap<String, PictureFile> pictures;
  private final ImmutableMap<String, PictureFile> annotations;

  private VocFolder(Folder root, int side) {
    this.source = root.source();
    this.side = side;
    this.pictures = named(required(root, "JPEGImages").pictures());
    this.annotations = named(required(root, "Annotations").files(".xml"));
  }

  /**
   * Reads pictures and boxes. Each picture is resized to a square, its whole area, which changes
   * its shape but not how far boxes overlap.
   *
   * @param source a directory or a ZIP archive
   * @param side of the square in pixels
   * @throws UsageError if the source has another layout, a picture or annotation is missing or
   *     cannot be read, a box lies outside its picture (the message names the first few), a class
   *     of the test part is not in the train part, or the pictures do not fit into memory
   */
  public static DetectionDataset read(Path source, int side) {
    Require.in("image size").atLeast(1, "value", side);
    return ImageFolder.opened(source, top -> of(top, side), result -> false);
  }

  private static DetectionDataset of(Folder top, int side) {
    Folder root = top;
    while (root.child("Annotations").isEmpty() && root.onlyFolder().isPresent()) {
      root = root.onlyFolder().get();
    }
    VocFolder folder = new VocFolder(root, side);
    Folder lists = required(required(root, "ImageSets"), "Main");
    Optional<ImmutableList<String>> test = names(lists, "test");
    Optional<ImmutableList<String>> train = names(lists, "trainval").filter(n -> test.isPresent());
    return folder.dataset(
        train.or(() -> names(lists, "train")).orElseThrow(() -> missing(lists, "train.txt")),
        test.or(() -> names(lists, "val")).orElseThrow(() -> missing(lists, "val.txt")));
  }

  private static Folder required(Folder folder, String name) {
    return folder.child(name).orElseThrow(() -> missing(folder, name));
  }

  private static UsageError missing(Folder folder, String name) {
    return UsageError.in(OPERATION)
        .because("%s has no %s", folder.path().isEmpty() ? folder.source() : folder.path(), name)
        .value("there", Folder.summary(folder.names()))
        .maybe("a folder in the format of PASCAL VOC was meant, for instance VOCdevkit/VOC2007.");
  }

  /** The first word of each line. */
  private static Optional<ImmutableList<String>> names(Folder lists, String part) {
    return lists.texts(name -> name.equals(part + ".txt")).stream()
        .findFirst()
        .map(
            text ->
                text.lines().stream()
                    .map(line -> line.split("\\s+", 2)[0])
                    .collect(ImmutableList.toImmutableList()))
        .filter(names -> !names.isEmpty());
  }

  private static ImmutableMap<String, PictureFile> named(List<PictureFile> files) {
    Map<String, PictureFile> named = new HashMap<>();
    for (PictureFile file : files) {
      String name = file.node().name();
      named.put(name.substring(0, name.lastIndexOf('.')), file);
    }
    return ImmutableMap.copyOf(named);
  }

  private DetectionDataset dataset(ImmutableList<String> train, ImmutableList<String> test) {
    List<VocAnnotation> learned = annotations(train);
    List<VocAnnotation> tested = annotations(test);
    ImmutableList<String> classNames =
        learned.stream()
            .flatMap(each -> each.objects().stream())
            .map(VocAnnotation.Item::className)
            .distinct()
            .sorted()
            .collect(ImmutableList.toImmutableList());
    requireKnown(tested, classNames);
    long bytes = 3L * side * side * (train.size() + test.size());
    if (Heap.lacks(bytes)) {
      throw UsageError.in(OPERATION)
          .because(
              "the pictures of %s need %s, Java has %s",
              source, Heap.megabytes(bytes), Heap.megabytes(Heap.free()))
          .maybe("a smaller --image-size was meant, or BILEVEL4J_JAVA_OPTS=-Xmx8g.");
    }
    List<String> outside = new ArrayList<>();
    BoxedImages first = boxed(train, learned, classNames, outside);
    BoxedImages second = boxed(test, tested, classNames, outside);
    requireNone(outside);
    return new DetectionDataset(
        first,
        second,
        classNames,
        String.format(
            Locale.ROOT,
            "%s: %,d + %,d pictures at %d x %d with %,d + %,d boxes of %d classes",
            source,
            train.size(),
            test.size(),
            side,
            side,
            first.count(),
            second.count(),
            classNames.size()));
  }

  private List<VocAnnotation> annotations(ImmutableList<String> names) {
    List<String> missing =
        names.stream()
            .filter(name -> !annotations.containsKey(name) || !pictures.containsKey(name))
            .toList();
    if (!missing.isEmpty()) {
      throw UsageError.in(OPERATION)
          .because(
              "%,d of %,d pictures of a list have no picture or no annotation in %s",
              missing.size(), names.size(), source)
          .value("first", Folder.summary(missing))
          .maybe("the data were not copied to their end, or the test part is without boxes.");
    }
    return names.stream().map(name -> VocAnnotation.read(source, annotations.get(name))).toList();
  }

  private void requireKnown(List<VocAnnotation> tested, ImmutableList<String> classNames) {
    for (VocAnnotation each : tested) {
      for (VocAnnotation.Item item : each.objects()) {
        if (!classNames.contains(item.className())) {
          throw UsageError.in(OPERATION)
              .because("the train part of %s has no \"%s\"", source, Folder.shown(item.className()))
              .value("classes", Folder.summary(classNames))
              .maybe("a name is misspelt in an annotation, or the lists are of other data.");
        }
      }
    }
    if (classNames.isEmpty()) {
      throw UsageError.in(OPERATION)
          .because("the annotations of the train part of %s have no object", source)
          .maybe("they are of another format.");
    }
  }

  private void requireNone(List<String> outside) {
    if (outside.isEmpty()) {
      return;
    }
    UsageError.Message message =
        UsageError.in(OPERATION)
            .because(
                "%,d boxes of %s lie outside their pictures or are empty", outside.size(), source);
    for (String each : outside.subList(0, Math.min(MOST_SHOWN, outside.size()))) {
      message = message.row(each);
    }
    throw message.maybe(
        "pixels should count from 1, with the corners belonging to the box, or pictures were"
            + " resized without their boxes.");
  }

  private BoxedImages boxed(
      ImmutableList<String> names,
      List<VocAnnotation> annotated,
      ImmutableList<String> classNames,
      List<String> outside) {
    byte[][] resized = new byte[names.size()][];
    int[][] sizes = new int[names.size()][];
    IntStream.range(0, names.size())
        .parallel()
        .forEach(
            i -> {
              Picture picture = decoded(pictures.get(names.get(i)));
              sizes[i] = new int[] {picture.height(), picture.width()};
              resized[i] = resized(picture);
            });
    ImmutableList.Builder<ImmutableList<LabeledBox>> boxes = ImmutableList.builder();
    for (int i = 0; i < names.size(); i++) {
      ImmutableList.Builder<LabeledBox> each = ImmutableList.builder();
      for (VocAnnotation.Item item : annotated.get(i).objects()) {
        if (item.isWithin(sizes[i][0], sizes[i][1])) {
          each.add(
              new LabeledBox(
                  item.box(sizes[i][0], sizes[i][1]),
                  classNames.indexOf(item.className()),
                  item.isDifficult()));
        } else {
          outside.add(
              "%s %s in %d x %d"
                  .formatted(Folder.shown(names.get(i)), item, sizes[i][1], sizes[i][0]));
        }
      }
      boxes.add(each.build());
    }
    return new BoxedImages(
        LabeledImages.unlabeled(side, side, 3, ImageSamples.of(resized)), boxes.build());
  }

  private Picture decoded(PictureFile file) {
    try {
      return Picture.decoded(file.encoded());
    } catch (IOException e) {
      throw file.unreadable(source, e);
    }
  }

  private byte[] resized(Picture picture) {
    byte[] into = new byte[3 * side * side];
    Resampling.resample(
        picture.rgb(),
        picture.width(),
        Resampling.of(0, picture.height(), side, 0, picture.height(), false),
        Resampling.of(0, picture.width(), side, 0, picture.width(), false),
        into,
        0);
    return into;
  }
}
