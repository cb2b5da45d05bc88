package io.github.bilevel4j.data;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Sets;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.ProviderNotFoundException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Images sorted into folders, in a directory or a ZIP archive:
 *
 * <pre>
 * train/CLASS/*.jpg    or .jpeg or .png
 * test/CLASS/*.jpg     or val/
 * </pre>
 *
 * <p>One folder may lie above {@code train} and {@code test}, and folders may lie below a class. The
 * label of an image is the position of its class folder in alphabetical order; images are ordered
 * by class, then by name. Names that begin with a dot and {@code __MACOSX} are ignored, and so are
 * files that are not images.
 */
public final class ImageFolder {
  private static final ImmutableList<String> TEST_NAMES = ImmutableList.of("test", "val");

  private ImageFolder() {}

  /**
   * Reads and decodes all images, on all cores. Grey is repeated in the three channels, transparency
   * is dropped, 16-bit samples are rounded to 8; colour profiles are ignored.
   *
   * @param source a directory or a ZIP archive
   * @throws IllegalArgumentException if the source is missing or has another layout, a class has no
   *     image, the classes of train and test differ, an image is empty, truncated, damaged or in
   *     another format, or two images differ in size; the message names the file
   */
  public static ImageDataset read(Path source) {
    if (!Files.exists(source)) {
      throw DataMistake.in("read images")
          .because("%s does not exist", source)
          .maybe("the path is relative to another folder than %s.", Path.of("").toAbsolutePath());
    }
    if (Files.isDirectory(source)) {
      return read(source, source);
    }
    try (FileSystem zip = opened(source)) {
      return read(source, zip.getPath("/"));
    } catch (IOException e) {
      throw unreadable(source, e);
    }
  }

  private static FileSystem opened(Path archive) {
    try {
      return FileSystems.newFileSystem(archive);
    } catch (IOException | ProviderNotFoundException | UnsupportedOperationException e) {
      throw DataMistake.in("read images")
          .because("%s is neither a folder nor a readable ZIP archive", archive)
          .value("reason", e.getMessage())
          .maybe("the file is of another kind, or its copy is incomplete.");
    }
  }

  private static ImageDataset read(Path source, Path top) {
    Path root = root(source, top);
    ImageFolderPart train = ImageFolderPart.listed(source, root.resolve("train"));
    ImageFolderPart test = ImageFolderPart.listed(source, root.resolve(testName(source, root)));
    requireSameClasses(source, train, test);
    Picture size = train.firstPicture();
    return new ImageDataset(
        train.decoded(size), test.decoded(size), "images of " + source.getFileName());
  }

  /** The folder that holds {@code train}: the top or the only folder in it. */
  private static Path root(Path source, Path top) {
    List<Path> found = children(source, top);
    if (found.isEmpty()) {
      throw DataMistake.in("read images")
          .because("%s is empty", source)
          .maybe("the copy or the download stopped early.");
    }
    List<Path> folders = found.stream().filter(Files::isDirectory).toList();
    if (!Files.isDirectory(top.resolve("train"))
        && folders.size() == 1
        && Files.isDirectory(folders.get(0).resolve("train"))) {
      return folders.get(0);
    }
    return requireFolder(source, top, ImmutableList.of("train"));
  }

  private static String testName(Path source, Path root) {
    return TEST_NAMES.stream()
        .filter(name -> Files.isDirectory(root.resolve(name)))
        .findFirst()
        .orElseGet(
            () -> requireFolder(source, root, TEST_NAMES).toString());
  }

  private static Path requireFolder(Path source, Path root, List<String> names) {
    if (names.stream().map(root::resolve).anyMatch(Files::isDirectory)) {
      return root;
    }
    throw DataMistake.in("read images")
        .because("%s has no folder %s", source, String.join(" or ", names))
        .value("found", summary(children(source, root).stream().map(ImageFolder::name).toList()))
        .maybe("the images should be sorted into train/CLASS/ and test/CLASS/.");
  }

  private static void requireSameClasses(
      Path source, ImageFolderPart train, ImageFolderPart test) {
    Set<String> inTrain = new TreeSet<>(train.classNames());
    Set<String> inTest = new TreeSet<>(test.classNames());
    if (!inTrain.equals(inTest)) {
      throw DataMistake.in("read images")
          .because("the class folders of %s and %s differ in %s", train, test, source)
          .value("only in " + train, summary(Sets.difference(inTrain, inTest)))
          .value("only in " + test, summary(Sets.difference(inTest, inTrain)))
          .maybe("a class folder is missing or its name is misspelt.");
    }
  }
}
