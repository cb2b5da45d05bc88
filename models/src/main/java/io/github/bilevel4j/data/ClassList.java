package io.github.bilevel4j.data;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.io.Resources;
import io.github.bilevel4j.check.UsageError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Classes by name; the number of each is its place.
 *
 * @param shown how the list is called
 * @param title of the data set that it makes, if it is a known one
 */
record ClassList(ImmutableList<String> names, String shown, Optional<String> title) {
  private static final String IMAGENET_100 = "imagenet-100";

  /**
   * A list by its name, or from a file.
   *
   * @throws UsageError if it cannot be read or has a class twice
   */
  static ClassList read(String text) {
    if (text.equals(IMAGENET_100)) {
      return new ClassList(imageNet100(), "its list", Optional.of("ImageNet-100"));
    }
    Path file = Path.of(text);
    try {
      ImmutableList<String> names = TextLines.of(TextLines.content(file));
      if (names.isEmpty() || ImmutableSet.copyOf(names).size() < names.size()) {
        throw new IOException(names.isEmpty() ? "it is empty" : "it has a class twice");
      }
      return new ClassList(names, file.toString(), Optional.empty());
    } catch (IOException e) {
      throw TextLines.unreadable(text, e);
    }
  }

  /**
   * The classes of ImageNet-100 in their published order (Tian, Krishnan, Isola: Contrastive
   * Multiview Coding, 2020).
   */
  static ImmutableList<String> imageNet100() {
    try {
      return TextLines.of(
          Resources.toByteArray(Resources.getResource(ClassList.class, "imagenet-100.txt")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void requireAllIn(ImageFolderPart train) {
    ImmutableSet<String> known = ImmutableSet.copyOf(train.classNames());
    List<String> missing = names.stream().filter(name -> !known.contains(name)).toList();
    if (!missing.isEmpty()) {
      throw UsageError.in("--classes")
          .because(
              "%,d of %,d classes have no folder in %s/ of %s",
              missing.size(), names.size(), train.name(), train.source())
          .value("missing", Folder.summary(missing))
          .maybe("the list is of another data set, or the data were not copied to their end.");
    }
  }
}
