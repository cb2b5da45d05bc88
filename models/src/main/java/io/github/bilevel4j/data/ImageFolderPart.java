package io.github.bilevel4j.data;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.check.UsageError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.IntStream;

/** The files of one part of an image folder, train or test, with the class of each. */
final class ImageFolderPart {
  private final Folder folder;
  private final ImmutableList<Path> files;
  private final int[] labels;
  private final ImmutableList<String> classNames;

  private ImageFolderPart(
      Folder folder, ImmutableList<Path> files, int[] labels, ImmutableList<String> classNames) {
    this.folder = folder;
    this.files = files;
    this.labels = labels;
    this.classNames = classNames;
  }

  static ImageFolderPart of(Folder folder) {
    ImmutableList<Folder> classes = folder.folders();
    if (classes.isEmpty()) {
      throw UsageError.in("read images")
          .because("%s/ of %s has no class folder", folder.name(), folder.source())
          .maybe("each image should lie in a folder with the name of its class.");
    }
    ImmutableList.Builder<Path> files = ImmutableList.builder();
    IntStream.Builder labels = IntStream.builder();
    for (int label = 0; label < classes.size(); label++) {
      for (Path file : pictures(classes.get(label))) {
        files.add(file);
        labels.add(label);
      }
    }
    return new ImageFolderPart(
        folder,
        files.build(),
        labels.build().toArray(),
        classes.stream().map(Folder::name).collect(ImmutableList.toImmutableList()));
  }

  private static ImmutableList<Path> pictures(Folder folder) {
    ImmutableList<Path> pictures = folder.pictures();
    if (pictures.isEmpty()) {
      throw UsageError.in("read images")
          .because("a class folder of %s has no image", folder.source())
          .value("class", folder.nameFromTop(folder.path()))
          .value("found", Folder.summary(folder.children().stream().map(Folder::name).toList()))
          .maybe("add JPEG or PNG files to it, or remove the class from train and test.");
    }
    return pictures;
  }

  String name() {
    return folder.name();
  }

  Path source() {
    return folder.source();
  }

  ImmutableList<String> classNames() {
    return classNames;
  }

  int count() {
    return files.size();
  }

  Picture picture(int index) {
    try {
      return Picture.decoded(Files.readAllBytes(files.get(index)));
    } catch (IOException e) {
      throw UsageError.in("read images")
          .because("a picture of %s cannot be read", source())
          .value("file", fileName(index))
          .value("reason", e.getMessage())
          .maybe("copy it again, save it anew as an RGB JPEG or PNG, or remove it.");
    }
  }

  /**
   * All pictures; the first failure in the order of the files is thrown, whatever thread met it.
   *
   * @param train the part whose first picture sets the size
   */
  LabeledImages decoded(ImageFolderPart train, Picture first) {
    byte[][] images = new byte[count()][];
    IntStream.range(0, count())
        .parallel()
        .mapToObj(i -> failure(images, i, train, first))
        .flatMap(Optional::stream)
        .findFirst()
        .ifPresent(
            failure -> {
              throw failure;
            });
    return LabeledImages.owning(first.height(), first.width(), 3, images, labels, classNames);
  }

  private Optional<IllegalArgumentException> failure(
      byte[][] images, int index, ImageFolderPart train, Picture first) {
    try {
      Picture picture = picture(index);
      images[index] = picture.rgb();
      return picture.isSizeOf(first)
          ? Optional.empty()
          : Optional.of(otherSize(train, first, fileName(index), picture));
    } catch (IllegalArgumentException e) {
      return Optional.of(e);
    }
  }

  private static IllegalArgumentException otherSize(
      ImageFolderPart train, Picture first, String file, Picture other) {
    return UsageError.in("read images")
        .because("two pictures of %s differ in size", train.source())
        .value(train.fileName(0), first)
        .value(file, other)
        .maybe("resize all pictures to one size first.");
  }

  private String fileName(int index) {
    return folder.nameFromTop(files.get(index));
  }
}
