package io.github.bilevel4j.data;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.check.ReadFailure;
import io.github.bilevel4j.check.UsageError;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * A folder in a directory tree or archive, as far as image readers see it: without hidden files and
 * in alphabetical order.
 *
 * @param source the directory or archive that the user named
 * @param path the folder's name from the top of that, for instance train/cat; empty for the top
 * @param node the folder itself
 */
record Folder(Path source, String path, FileNode node) {
  /** How many folders may lie in one another below the source. */
  static final int MOST_DEPTH = 32;

  private static final Pattern HIDDEN = Pattern.compile("\\..*|__MACOSX", Pattern.DOTALL);

  /** Any picture format, so that one that cannot be read is named instead of left out. */
  private static final Pattern PICTURE =
      Pattern.compile(
          ".*\\.(jpe?g|jpe|jfif|png|gif|bmp|tiff?|webp|avif|heic|jp2|ppm|pgm|pbm)",
          Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

  private static final int SHOWN_NAMES = 5;
  private static final int SHOWN_CHARACTERS = 200;

  static Folder top(Path source, FileNode node) {
    return new Folder(source, "", node);
  }

  String name() {
    return node.name();
  }

  private String pathOf(FileNode child) {
    return path.isEmpty() ? child.name() : path + "/" + child.name();
  }

  private Folder folder(FileNode child) {
    return new Folder(source, pathOf(child), child);
  }

  /** The names of all that is in it. */
  ImmutableList<String> names() {
    return children().stream().map(FileNode::name).collect(ImmutableList.toImmutableList());
  }

  /** The folder of this name in it. */
  Optional<Folder> child(String name) {
    List<FileNode> named = children().stream().filter(child -> child.name().equals(name)).toList();
    requireReached(named.stream().filter(FileNode::isLost).map(this::file).toList());
    return named.stream().filter(FileNode::isFolder).findFirst().map(this::folder);
  }

  /** The files of text in it with a name of some kind. */
  ImmutableList<ValidationFolder.TextFile> texts(Predicate<String> isNamed) {
    return children().stream()
        .filter(child -> !child.isFolder() && !child.isLost())
        .filter(child -> child.name().endsWith(".txt") && isNamed.test(child.name()))
        .map(child -> new ValidationFolder.TextFile(pathOf(child), child))
        .collect(ImmutableList.toImmutableList());
  }

  /** The folder in it, if there is just one. */
  Optional<Folder> onlyFolder() {
    ImmutableList<FileNode> folders =
        children().stream().filter(FileNode::isFolder).collect(ImmutableList.toImmutableList());
    return folders.size() == 1 ? Optional.of(folder(folders.get(0))) : Optional.empty();
  }

  /** The folders in it. */
  ImmutableList<Folder> folders() {
    ImmutableList<FileNode> children = children();
    requireReached(children.stream().filter(Folder::mayBeFolder).map(this::file).toList());
    return children.stream()
        .filter(FileNode::isFolder)
        .map(this::folder)
        .collect(ImmutableList.toImmutableList());
  }

  /** The pictures in this folder and below, ordered by their path. */
  ImmutableList<PictureFile> pictures() {
    List<PictureFile> pictures = new ArrayList<>();
    List<PictureFile> lost = new ArrayList<>();
    collect(pictures, lost);
    requireReached(lost);
    return ImmutableList.sortedCopyOf(Comparator.comparing(PictureFile::path), pictures);
  }

  private void collect(List<PictureFile> pictures, List<PictureFile> lost) {
    if (path.chars().filter(c -> c == '/').count() >= MOST_DEPTH) {
      throw UsageError.in("read images")
          .because("%s has folders more than %d deep", source, MOST_DEPTH)
          .value("folder", shown(path))
          .maybe("put the pictures right below the folder of their class.");
    }
    for (FileNode child : children()) {
      if (child.isFolder()) {
        folder(child).collect(pictures, lost);
      } else if (PICTURE.matcher(child.name()).matches()) {
        pictures.add(file(child));
      } else if (child.isLost()) {
        lost.add(file(child));
      }
    }
  }

  /** The files right in it whose names end so. */
  ImmutableList<PictureFile> files(String ending) {
    return children().stream()
        .filter(child -> !child.isFolder() && child.name().endsWith(ending))
        .map(this::file)
        .collect(ImmutableList.toImmutableList());
  }

  private PictureFile file(FileNode child) {
    return new PictureFile(pathOf(child), child);
  }

  private static boolean mayBeFolder(FileNode node) {
    return node.isLost() && !PICTURE.matcher(node.name()).matches();
  }

  private void requireReached(List<PictureFile> lost) {
    if (!lost.isEmpty()) {
      UsageError.Message mistake =
          UsageError.in("read images")
              .because(
                  "%s of %s cannot be reached",
                  lost.size() == 1
                      ? "a file or folder"
                      : String.format(Locale.ROOT, "%,d files or folders", lost.size()),
                  source);
      throw PictureFile.rows(mistake, lost, lost.stream().map(file -> file.node().fault()).toList())
          .maybe("a disk is not mounted, or the target of a link was moved.");
    }
  }

  private ImmutableList<FileNode> children() {
    try {
      ImmutableList<FileNode> children =
          node.children().stream()
              .filter(child -> !HIDDEN.matcher(child.name()).matches())
              .sorted(Comparator.comparing(FileNode::name))
              .collect(ImmutableList.toImmutableList());
      requireDifferentNames(children);
      return children;
    } catch (IOException e) {
      throw UsageError.in("read images")
          .because("the folder %s of %s cannot be listed", shown(path), source)
          .value("reason", ReadFailure.reason(e))
          .maybe("you may not read it, or a link leads back to a folder above.");
    }
  }

  /** Bytes of different character sets may stand for the same name. */
  private void requireDifferentNames(List<FileNode> sorted) throws IOException {
    for (int i = 1; i < sorted.size(); i++) {
      FileNode one = sorted.get(i - 1);
      FileNode other = sorted.get(i);
      if (one.name().equals(other.name()) && one.isFolder() == other.isFolder()) {
        throw new IOException("two entries have the name " + shown(one.name()));
      }
    }
  }

  /** At most five names, for a message. */
  static String summary(Collection<String> names) {
    String shown = String.join(", ", names.stream().limit(SHOWN_NAMES).map(Folder::shown).toList());
    int more = names.size() - SHOWN_NAMES;
    return names.isEmpty() ? "nothing" : more > 0 ? shown + " and " + more + " more" : shown;
  }

  /** A name for a message: not too long, and without control characters. */
  static String shown(String name) {
    String visible = name.replaceAll("\\p{Cntrl}", "?");
    return visible.length() <= SHOWN_CHARACTERS
        ? visible
        : visible.substring(0, SHOWN_CHARACTERS) + "...";
  }
}
