package io.github.bilevel4j.data;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.check.UsageError;
import java.nio.file.Path;
import java.util.stream.IntStream;

/** The files of one part of an image folder, train or test, with the class of each. */
final class ImageFolderPart {
  private final Folder folder;
  private final ImmutableList<PictureFile> files;
  private final int[] labels;
  private final ImmutableList<String> classNames;

  private ImageFolderPart(
      Folder folder,
      ImmutableList<PictureFile> files,
      int[] labels,
      ImmutableList<String> classNames) {
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
    ImmutableList.Builder<PictureFile> files = ImmutableList.builder();
    IntStream.Builder labels = IntStream.builder();
    for (int label = 0; label < classes.size(); label++) {
      for (PictureFile file : pictures(classes.get(label))) {
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

  private static ImmutableList<PictureFile> pictures(Folder folder) {
    ImmutableList<PictureFile> pictures = folder.pictures();
    if (pictures.isEmpty()) {
      throw UsageError.in("read images")
          .because("a class folder of %s has no image", folder.source())
          .value("class", Folder.shown(folder.path()))
          .value("found", Folder.summary(folder.names()))
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

  ImmutableList<PictureFile> files() {
    return files;
  }

  /**
   * The images of this part.
   *
   * @param decoded those of both parts
   * @param start where this part begins among them
   */
  LabeledImages images(DecodedPictures decoded, int start) {
    int[] kept = IntStream.range(0, files.size()).filter(i -> decoded.has(start + i)).toArray();
    int[] keptLabels = IntStream.of(kept).map(i -> labels[i]).toArray();
    requireAllClasses(keptLabels);
    return LabeledImages.owning(
        decoded.height(),
        decoded.width(),
        3,
        IntStream.of(kept).mapToObj(i -> decoded.image(start + i)).toArray(byte[][]::new),
        keptLabels,
        classNames);
  }

  private void requireAllClasses(int[] keptLabels) {
    boolean[] has = new boolean[classNames.size()];
    for (int label : keptLabels) {
      has[label] = true;
    }
    for (int label = 0; label < has.length; label++) {
      if (!has[label]) {
        throw UsageError.in("read images")
            .because("all pictures of a class of %s are damaged", source())
            .value("class", Folder.shown(name() + "/" + classNames.get(label)))
            .maybe("copy them again, or remove the class from train and test.");
      }
    }
  }
}
