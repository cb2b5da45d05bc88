package io.github.bilevel4j.data;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.check.UsageError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Comparator;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A folder in a directory tree or archive, as far as image readers see it: without hidden files and
 * in alphabetical order.
 *
 * @param source the directory or archive that the user named
 * @param top the path of that tree's root
 * @param path the folder itself
 */
record Folder(Path source, Path top, Path path) {
  private static final Pattern HIDDEN = Pattern.compile("\\..*|__MACOSX/?");

  /** Any picture format, so that one that cannot be read is named instead of left out. */
  private static final Pattern PICTURE =
      Pattern.compile("(?i).*\\.(jpe?g|jpe|jfif|png|gif|bmp|tiff?|webp|avif|heic|jp2|ppm|pgm|pbm)");

  private static final int SHOWN_NAMES = 5;

  static String name(Path path) {
    return path.getFileName().toString();
  }

  String name() {
    return name(path);
  }

  /**
   * The name of a file as the user knows it, from the top of the tree, for instance
   * train/cat/1.png.
   */
  String nameFromTop(Path file) {
    return top.relativize(file).toString().replace('\\', '/');
  }

  boolean has(String child) {
    return Files.isDirectory(path.resolve(child));
  }

  Folder child(String name) {
    return new Folder(source, top, path.resolve(name));
  }

  ImmutableList<Path> children() {
    return listed(1, child -> true);
  }

  ImmutableList<Folder> folders() {
    return listed(1, Files::isDirectory).stream()
        .map(child -> new Folder(source, top, child))
        .collect(ImmutableList.toImmutableList());
  }

  /** The pictures in this folder and below, ordered by their path. */
  ImmutableList<Path> pictures() {
    return listed(
        Integer.MAX_VALUE,
        file -> PICTURE.matcher(name(file)).matches() && Files.isRegularFile(file));
  }

  private ImmutableList<Path> listed(int depth, Predicate<Path> wanted) {
    try (Stream<Path> found = Files.walk(path, depth, FileVisitOption.FOLLOW_LINKS)) {
      return found
          .filter(each -> !each.equals(path) && isVisible(each))
          .filter(wanted)
          .sorted(Comparator.comparing(this::nameFromTop))
          .collect(ImmutableList.toImmutableList());
    } catch (IOException | UncheckedIOException e) {
      throw UsageError.in("read images")
          .because("the folder %s of %s cannot be listed", nameFromTop(path), source)
          .value("reason", e)
          .maybe("you may not read it, or a link leads back to a folder above.");
    }
  }

  private boolean isVisible(Path found) {
    for (Path part : path.relativize(found)) {
      if (HIDDEN.matcher(part.toString()).matches()) {
        return false;
      }
    }
    return true;
  }

  /** At most five names, for a message. */
  static String summary(Collection<String> names) {
    String shown = String.join(", ", names.stream().limit(SHOWN_NAMES).toList());
    int more = names.size() - SHOWN_NAMES;
    return names.isEmpty() ? "nothing" : more > 0 ? shown + " and " + more + " more" : shown;
  }
}
