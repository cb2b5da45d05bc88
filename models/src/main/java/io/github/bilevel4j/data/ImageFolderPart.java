package io.github.bilevel4j.data;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.check.UsageError;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;

/** The files of one part of an image folder, train or test, with the class of each, if any. */
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

  /** By class folders. */
  static ImageFolderPart of(Folder folder) {
    return of(folder, folder.folders());
  }

  static ImageFolderPart of(Folder folder, ImmutableList<Folder> classes) {
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

  /**
   * By a list.
   *
   * @param classes the name of each file's class
   */
  static ImageFolderPart listed(
      Folder folder, ImmutableList<PictureFile> files, ImmutableList<String> classes) {
    ImmutableList<String> names =
        classes.stream().distinct().sorted().collect(ImmutableList.toImmutableList());
    Map<String, Integer> places = places(names);
    return new ImageFolderPart(
        folder, files, classes.stream().mapToInt(places::get).toArray(), names);
  }

  /** All pictures of a folder and below. */
  static ImageFolderPart withoutClasses(Folder folder) {
    ImmutableList<PictureFile> files = folder.pictures();
    return new ImageFolderPart(folder, files, new int[files.size()], ImmutableList.of());
  }

  private static Map<String, Integer> places(ImmutableList<String> names) {
    Map<String, Integer> places = new HashMap<>();
    names.forEach(name -> places.putIfAbsent(name, places.size()));
    return places;
  }

  String name() {
    return folder.name();
  }

  Path source() {
    return folder.source();
  }

  /** What stands before this part's name in paths. */
  String above() {
    return folder.path().substring(0, folder.path().length() - folder.name().length());
  }

  ImmutableList<String> classNames() {
    return classNames;
  }

  boolean hasClasses() {
    return !classNames.isEmpty();
  }

  ImmutableList<PictureFile> files() {
    return files;
  }

  /** The class of a file. */
  String className(int file) {
    return hasClasses() ? classNames.get(labels[file]) : "";
  }

  /** The files at positions, of the same classes. */
  ImageFolderPart take(int[] positions) {
    return new ImageFolderPart(
        folder,
        IntStream.of(positions).mapToObj(files::get).collect(ImmutableList.toImmutableList()),
        IntStream.of(positions).map(i -> labels[i]).toArray(),
        classNames);
  }

  /** The files of some classes alone, numbered by their places in the list. */
  ImageFolderPart ofClasses(ImmutableList<String> names) {
    Map<String, Integer> places = places(names);
    int[] kept =
        IntStream.range(0, labels.length).filter(i -> places.containsKey(className(i))).toArray();
    ImageFolderPart part = take(kept);
    return new ImageFolderPart(
        folder,
        part.files,
        IntStream.range(0, kept.length).map(i -> places.get(part.className(i))).toArray(),
        names);
  }

  /**
   * The images of this part.
   *
   * @param decoded those of both parts
   * @param start where this part begins among them
   */
  LabeledImages images(DecodedPictures decoded, int start) {
    int[] kept = decoded.kept(start, start + files.size());
    ImageSamples images = decoded.samples(kept);
    if (!hasClasses()) {
      return LabeledImages.unlabeled(decoded.height(), decoded.width(), 3, images);
    }
    int[] keptLabels = IntStream.of(kept).map(i -> labels[i - start]).toArray();
    requireAllClasses(keptLabels);
    return LabeledImages.of(decoded.height(), decoded.width(), 3, images, keptLabels, classNames);
  }

  /** Of the classes that had files before damaged ones were left out. */
  private void requireAllClasses(int[] keptLabels) {
    boolean[] has = new boolean[classNames.size()];
    for (int label : keptLabels) {
      has[label] = true;
    }
    for (int label : labels) {
      if (!has[label]) {
        throw UsageError.in("read images")
            .because("all pictures of a class of %s are damaged", source())
            .value("class", Folder.shown(name() + "/" + classNames.get(label)))
            .maybe("copy them again, or remove the class from train and test.");
      }
    }
  }
}
