package io.github.bilevel4j.data;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.check.FileNames;
import io.github.bilevel4j.check.UsageError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;
import java.util.function.Predicate;

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
 * so are files that are not pictures. Links are followed. File names are taken for UTF-8, whatever
 * the locale; those of archives for UTF-8 or code page 437.
 *
 * <p>Limits: a picture has at most 2^27 pixels (16,384 x 8,192), its file at most 256 MB and a JPEG
 * at most 500 scans; folders lie at most 32 deep in one another. What reading needs is known from
 * the headers, and refused if Java has not as much memory.
 */
public final class ImageFolder {
  private ImageFolder() {}

  /**
   * Reads and decodes all images, on all cores. Gray is repeated in the three channels,
   * transparency is dropped, 16-bit samples are rounded to 8; color profiles are ignored. A JPEG
   * with meaningless bytes between its parts is read with a warning.
   *
   * @param source a directory or a ZIP archive
   * @throws UsageError if the source is missing or has another layout, a class has no image, the
   *     classes of train and test differ, images are empty, truncated, damaged, in another format
   *     or links that lead nowhere (the message names the first few and tells how many), two images
   *     differ in size, or the images do not fit into memory or a limit
   */
  public static ImageDataset read(Path source) {
    return read(source, DataSettings.of());
  }

  /**
   * Reads as {@link #read(Path)}, with choices.
   *
   * @throws UsageError as {@link #read(Path)}, and if a list does not fit the folder
   */
  public static ImageDataset read(Path source, DataSettings settings) {
    Read read =
        opened(source, top -> Read.of(top, settings), result -> result.decoded.areInFiles());
    return read.parts.dataset(read.decoded);
  }

  /**
   * Reads as {@link #read}, but leaves out damaged images, with a warning that tells how many.
   *
   * @throws UsageError as {@link #read}, and if all images of a class are damaged
   */
  public static ImageDataset readSkippingDamaged(Path source) {
    return read(source, DataSettings.of().skipDamaged(true));
  }

  /**
   * Tries all images and tells of each that is damaged what is wrong with it.
   *
   * @return reasons by the names of files from the top of the source, for instance train/cat/1.png,
   *     in the order in which images are read
   * @throws UsageError as {@link #read}, but for what concerns single images
   */
  public static ImmutableMap<String, String> damaged(Path source) {
    return opened(
        source, top -> Decoding.faults(source, PictureParts.of(top).files()), result -> false);
  }

  /**
   * Reads something of a directory or ZIP archive, which is closed then.
   *
   * @param needsFiles tells that the archive should stay open
   */
  static <T> T opened(Path source, Function<Folder, T> reader, Predicate<T> needsFiles) {
    if (!Files.exists(source)) {
      FileNames.requireWhole("read images", source.toString());
      throw UsageError.in("read images")
          .because("%s does not exist", source)
          .maybe("its name is misspelt, or it lies in another folder.");
    }
    if (Files.isDirectory(source)) {
      return reader.apply(Folder.top(source, DiskNode.top(source)));
    }
    Archive archive = Archive.open(source);
    boolean isNeeded = false;
    try {
      T result = reader.apply(Folder.top(source, archive.top()));
      isNeeded = needsFiles.test(result);
      return result;
    } finally {
      if (!isNeeded) {
        close(archive);
      }
    }
  }

  private static void close(Archive archive) {
    try {
      archive.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The parts and their pictures. */
  private record Read(PictureParts parts, DecodedPictures decoded) {
    static Read of(Folder top, DataSettings settings) {
      PictureParts all = PictureParts.of(top);
      PictureParts parts = (settings.verify() ? all.noted(all.verified()) : all).chosen(settings);
      return new Read(parts, Decoding.decoded(top.source(), parts.files(), settings));
    }
  }
}
