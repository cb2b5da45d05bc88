package io.github.bilevel4j.data;

import com.google.common.annotations.VisibleForTesting;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.Sets;
import io.github.bilevel4j.check.UsageError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.ProviderNotFoundException;
import java.util.Set;
import java.util.TreeSet;

/**
 * Images sorted into folders, in a directory or a ZIP archive:
 *
 * <pre>
 * train/CLASS/*.jpg    or .jpeg or .png
 * test/CLASS/*.jpg     or val/CLASS
 * </pre>
 *
 * <p>One folder may lie above {@code train} and {@code test}, and folders may lie below a class.
 * The label of an image is the position of its class folder in alphabetical order; images are
 * ordered by class, then by name. Names that begin with a dot and {@code __MACOSX} are ignored, and
 * so are files that are not pictures.
 */
public final class ImageFolder {
  private ImageFolder() {}

  /**
   * Reads and decodes all images, on all cores. Gray is repeated in the three channels,
   * transparency is dropped, 16-bit samples are rounded to 8; color profiles are ignored.
   *
   * @param source a directory or a ZIP archive
   * @throws IllegalArgumentException if the source is missing or has another layout, a class has no
   *     image, the classes of train and test differ, an image is empty, truncated, damaged or in
   *     another format, two images differ in size (the message names the file), or the images do
   *     not fit into memory
   */
  public static ImageDataset read(Path source) {
    if (!Files.exists(source)) {
      throw UsageError.in("read images")
          .because("%s does not exist", source)
          .maybe("its name is misspelt, or it lies in another folder.");
    }
    if (Files.isDirectory(source)) {
      return read(new Folder(source, source, source));
    }
    try (FileSystem archive = opened(source)) {
      Path top = archive.getPath("/");
      return read(new Folder(source, top, top));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static FileSystem opened(Path archive) {
    try {
      return FileSystems.newFileSystem(archive);
    } catch (IOException | ProviderNotFoundException | UnsupportedOperationException e) {
      throw UsageError.in("read images")
          .because("%s is neither a folder nor a readable ZIP archive", archive)
          .value("reason", e.getMessage())
          .maybe("the file is of another kind, or was not copied to its end.");
    }
  }

  private static ImageDataset read(Folder top) {
    Folder root = root(top);
    ImageFolderPart train = ImageFolderPart.of(root.child("train"));
    ImageFolderPart test = ImageFolderPart.of(root.child(root.has("test") ? "test" : "val"));
    requireSameClasses(train, test);
    Picture first = train.picture(0);
    requireMemory(
        top.source(), train.count() + test.count(), first, Runtime.getRuntime().maxMemory());
    return new ImageDataset(
        train.decoded(train, first), test.decoded(train, first), "images of " + top.source());
  }

  /** The folder that holds train and test: the top, or the only folder in it. */
  private static Folder root(Folder top) {
    if (top.children().isEmpty()) {
      throw UsageError.in("read images")
          .because("%s is empty", top.source())
          .maybe("the data were not copied or unpacked to their end.");
    }
    ImmutableList<Folder> folders = top.folders();
    boolean isWrapped = folders.size() == 1 && folders.get(0).has("train");
    Folder root = isWrapped ? folders.get(0) : top;
    if (!root.has("train") || !(root.has("test") || root.has("val"))) {
      throw UsageError.in("read images")
          .because("%s is not parted into the folders train and test (or val)", root.source())
          .value("found", Folder.summary(root.children().stream().map(Folder::name).toList()))
          .maybe("the images should be sorted into train/CLASS/ and test/CLASS/.");
    }
    return root;
  }

  private static void requireSameClasses(ImageFolderPart train, ImageFolderPart test) {
    Set<String> inTrain = new TreeSet<>(train.classNames());
    Set<String> inTest = new TreeSet<>(test.classNames());
    if (!inTrain.equals(inTest)) {
      throw UsageError.in("read images")
          .because(
              "the class folders in %s/ and %s/ of %s differ",
              train.name(), test.name(), train.source())
          .value("only in " + train.name(), Folder.summary(Sets.difference(inTrain, inTest)))
          .value("only in " + test.name(), Folder.summary(Sets.difference(inTest, inTrain)))
          .maybe("a class folder is missing or its name is misspelt.");
    }
  }

  @VisibleForTesting
  static void requireMemory(Path source, int count, Picture first, long available) {
    long needed = 3L * count * first.height() * first.width();
    if (needed > available) {
      throw UsageError.in("read images")
          .because("the images of %s do not fit into memory", source)
          .value("images", "%,d of %d x %d".formatted(count, first.height(), first.width()))
          .value("need", "%,d MB".formatted(needed >> 20))
          .value("Java has", "%,d MB".formatted(available >> 20))
          .maybe("resize the images first, or give Java more memory with -Xmx.");
    }
  }
}
