package io.github.bilevel4j.data;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.github.bilevel4j.check.UsageError;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The test part of a folder of pictures: class folders, or pictures beside one another with a text
 * that tells their classes. The text has a class on a line, in the order of the pictures' names, or
 * a picture's name, a blank or tab, and its class, whatever follows.
 */
final class ValidationFolder {
  private static final String IMAGES = "images";

  private final Folder folder;
  private final ImageFolderPart train;
  private final TextFile text;

  private ValidationFolder(Folder folder, ImageFolderPart train, TextFile text) {
    this.folder = folder;
    this.train = train;
    this.text = text;
  }

  /**
   * The test part.
   *
   * @param root of the data set, where the text may lie too
   * @param train whose classes it has
   */
  static ImageFolderPart part(Folder root, Folder folder, ImageFolderPart train) {
    ImmutableList<Folder> classes =
        folder.folders().stream()
            .filter(each -> !each.name().equals(IMAGES) || train.classNames().contains(IMAGES))
            .collect(ImmutableList.toImmutableList());
    if (!classes.isEmpty()) {
      return ImageFolderPart.of(folder, classes);
    }
    ImmutableList<TextFile> texts = texts(root, folder);
    if (texts.isEmpty()) {
      return withoutText(folder);
    } else if (texts.size() > 1) {
      throw UsageError.in("read images")
          .because(
              "several texts may tell the classes of %s/ of %s", folder.name(), folder.source())
          .value("found", Folder.summary(texts.stream().map(TextFile::path).toList()))
          .maybe("leave one of them there.");
    }
    return new ValidationFolder(folder, train, texts.get(0)).listed();
  }

  private static ImmutableList<TextFile> texts(Folder root, Folder folder) {
    ImmutableList<TextFile> inside = folder.texts(name -> true);
    return inside.isEmpty() ? root.texts(name -> name.contains(folder.name())) : inside;
  }

  private static ImageFolderPart withoutText(Folder folder) {
    if (folder.pictures().isEmpty() || !isImageNet(folder)) {
      return ImageFolderPart.of(folder, ImmutableList.of());
    }
    throw UsageError.in("read images")
        .because(
            "%s/ of %s has neither class folders nor a text that tells the classes",
            folder.name(), folder.source())
        .value("pictures", Folder.summary(folder.names()))
        .maybe(
            "%s/val.txt should have a wnid a line, made from the development kit's meta.mat;"
                + " the README has the command.",
            folder.name());
  }

  private static boolean isImageNet(Folder folder) {
    return folder.names().stream().anyMatch(name -> name.startsWith("ILSVRC"));
  }

  private ImageFolderPart listed() {
    ImmutableList<PictureFile> pictures = folder.pictures();
    ImmutableList<List<String>> rows =
        text.lines().stream()
            .map(line -> Splitter.onPattern(line.indexOf('\t') < 0 ? " +" : "\t").splitToList(line))
            .collect(ImmutableList.toImmutableList());
    boolean hasNames = rows.stream().anyMatch(row -> row.size() > 1);
    ImmutableList<String> classes =
        hasNames
            ? named(pictures, rows)
            : inOrder(pictures, rows.stream().map(row -> row.get(0)).toList());
    requireClasses(classes);
    return ImageFolderPart.listed(folder, pictures, classes);
  }

  private ImmutableList<String> inOrder(List<PictureFile> pictures, List<String> classes) {
    if (classes.size() != pictures.size()) {
      throw UsageError.in("read images")
          .because("%s has not a line for every picture", shown())
          .value("lines", classes.size())
          .value("pictures", pictures.size())
          .maybe("it was not copied to its end, or pictures are missing.");
    }
    return ImmutableList.copyOf(classes);
  }

  private ImmutableList<String> named(
      ImmutableList<PictureFile> pictures, ImmutableList<List<String>> rows) {
    Map<String, String> classes = new HashMap<>();
    for (List<String> row : rows) {
      if (row.size() < 2) {
        throw UsageError.in("read images")
            .because("a line of %s has no class", shown())
            .value("line", Folder.shown(row.get(0)))
            .maybe("it was not copied to its end.");
      }
      classes.put(row.get(0), row.get(1));
    }
    List<String> unknown = new ArrayList<>();
    ImmutableList.Builder<String> found = ImmutableList.builder();
    for (PictureFile picture : pictures) {
      String name = picture.node().name();
      String className = classes.remove(name);
      if (className == null) {
        unknown.add(name);
      } else {
        found.add(className);
      }
    }
    if (!unknown.isEmpty() || !classes.isEmpty()) {
      throw UsageError.in("read images")
          .because("%s does not fit the pictures of %s/", shown(), folder.name())
          .value("pictures without a line", counted(unknown))
          .value("lines without a picture", counted(classes.keySet().stream().sorted().toList()))
          .maybe("pictures are missing, or the text is of another folder.");
    }
    return found.build();
  }

  private static String counted(List<String> names) {
    return names.isEmpty() ? "none" : names.size() + ": " + Folder.summary(names);
  }

  private void requireClasses(ImmutableList<String> classes) {
    ImmutableSet<String> known = ImmutableSet.copyOf(train.classNames());
    List<String> unknown =
        classes.stream().distinct().filter(name -> !known.contains(name)).sorted().toList();
    if (!unknown.isEmpty()) {
      boolean isNumbered = unknown.stream().allMatch(name -> name.matches("\\d+"));
      throw UsageError.in("read images")
          .because("%s names classes that %s/ has not", shown(), train.name())
          .value("unknown", counted(unknown))
          .maybe(
              "%s",
              isNumbered
                  ? "these numbers are ILSVRC's, whose order only meta.mat tells: the README has"
                      + " the command that makes wnids of them."
                  : "a class folder is missing, or the text is of another data set.");
    }
  }

  private String shown() {
    return text.path() + " of " + folder.source();
  }

  /** A text in a folder. */
  record TextFile(String path, FileNode node) {
    /** Its lines, without empty ones. */
    ImmutableList<String> lines() {
      try {
        return TextLines.of(node.bytes());
      } catch (IOException e) {
        throw TextLines.unreadable(path, e);
      }
    }
  }
}
