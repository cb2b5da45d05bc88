package io.github.bilevel4j.data;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.check.FileNames;
import io.github.bilevel4j.check.UsageError;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Data sets by the text that names them on a command line. */
public final class DataSource {
  private static final String CIFAR_10 = "cifar10:";
  private static final String CIFAR_100 = "cifar100:";

  private DataSource() {}

  /**
   * Reads the data set with this name, all of it and as it is.
   *
   * @throws UsageError as {@link #read(String, DataSettings)}
   */
  public static ImageDataset read(String name) {
    return read(name, DataSettings.of());
  }

  /**
   * Reads the data set with this name. What a path leads to is found out from the files there; the
   * description of the data tells it.
   *
   * <ul>
   *   <li>{@code builtin}: {@link ProceduralImages#shapes(long) shapes(0)}
   *   <li>{@code textures}: {@link ProceduralImages#textures(long) textures(0)}
   *   <li>CIFAR-10, CIFAR-100 and STL-10, as downloaded ({@code tar.gz}) or unpacked: see {@link
   *       CifarBinary}, {@link Stl10}
   *   <li>a directory or ZIP archive of pictures: see {@link ImageFolder}
   *   <li>{@code cifar10:PATH} and {@code cifar100:PATH}: the binary files, whatever else is there
   * </ul>
   *
   * @throws UsageError if nothing has this name, it cannot be read, or a setting does not fit it
   */
  public static ImageDataset read(String name, DataSettings settings) {
    if (name.isBlank()) {
      throw unknown(name);
    } else if (name.equals("builtin")) {
      return drawn(name, ProceduralImages.shapes(0), settings);
    } else if (name.equals("textures")) {
      return drawn(name, ProceduralImages.textures(0), settings);
    } else if (name.startsWith(CIFAR_10)) {
      return new DownloadKind.Found(DownloadKind.CIFAR_10_BINARY, path(name, CIFAR_10.length()))
          .read(settings);
    } else if (name.startsWith(CIFAR_100)) {
      return new DownloadKind.Found(DownloadKind.CIFAR_100_BINARY, path(name, CIFAR_100.length()))
          .read(settings);
    }
    Path path = path(name, 0);
    if (!Files.exists(path)) {
      throw unknown(name);
    }
    return DownloadKind.in(path)
        .map(found -> found.read(settings))
        .orElseGet(() -> ImageFolder.read(path, settings));
  }

  /**
   * Tries all images and tells of each that is damaged what is wrong with it. Data sets whose files
   * hold many images each are read as a whole.
   *
   * @return reasons by the names of files from the top of the source, in their order
   * @throws UsageError as {@link #read(String, DataSettings)}, but for what concerns single images
   */
  public static ImmutableMap<String, String> damaged(String name) {
    Path path = path(name, 0);
    if (Files.exists(path) && DownloadKind.in(path).isEmpty()) {
      return ImageFolder.damaged(path);
    }
    read(name, DataSettings.of());
    return ImmutableMap.of();
  }

  private static ImageDataset drawn(String name, ImageDataset images, DataSettings settings) {
    Path source = Path.of(name);
    if (settings.verify()) {
      throw Published.nothing(source);
    }
    return new ImageDataset(
        Records.subset(images.train(), settings, source),
        images.test(),
        images.description() + Records.subsetNote(settings));
  }

  private static Path path(String name, int start) {
    try {
      return Path.of(name.substring(start));
    } catch (InvalidPathException e) {
      throw unknown(name);
    }
  }

  private static UsageError unknown(String name) {
    FileNames.requireWhole("read images", name);
    FileNames.requireWhole("read images", System.getProperty("user.dir"));
    return UsageError.in("read images")
        .because("no data set, folder or archive is called \"%s\"", name)
        .value(
            "known",
            "builtin, textures, cifar10:PATH, cifar100:PATH, a folder, a ZIP or tar archive")
        .value("from", Path.of("").toAbsolutePath())
        .maybe("the name is misspelt, or the path starts from another folder.");
  }
}
