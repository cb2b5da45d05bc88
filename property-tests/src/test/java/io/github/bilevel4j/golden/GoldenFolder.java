package io.github.bilevel4j.golden;

import com.google.common.collect.ImmutableSortedMap;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A folder of golden files. The name of a file is its path in the folder, without {@code .json}.
 */
record GoldenFolder(Path root) {

  /** The system property that names the folder. */
  static final String PROPERTY = "golden.dir";

  /** The folder of the system property, or else the copy among the test resources. */
  static GoldenFolder given() {
    String given = System.getProperty(PROPERTY, "");
    return new GoldenFolder(given.isBlank() ? copy() : located(Path.of(given.strip())));
  }

  /** The copy among the test resources. */
  static Path copy() {
    URL url = Objects.requireNonNull(GoldenFolder.class.getResource("/golden"), "no golden files");
    try {
      return Path.of(url.toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * A folder as given on the command line: tests run in the module's folder, the command may have
   * been given in a folder above it.
   */
  static Path located(Path given) {
    Path here = Path.of("").toAbsolutePath();
    for (Path above = here; above != null; above = above.getParent()) {
      if (Files.isDirectory(above.resolve(given))) {
        return above.resolve(given).normalize();
      }
    }
    throw new IllegalArgumentException(
        PROPERTY
            + ": there is no folder "
            + given
            + " in "
            + here
            + " or above.\nMaybe an absolute path was meant.");
  }

  /** All files by name. */
  ImmutableSortedMap<String, Path> files() {
    try (Stream<Path> files = Files.walk(root, FileVisitOption.FOLLOW_LINKS)) {
      return files
          .filter(Files::isRegularFile)
          .collect(
              ImmutableSortedMap.toImmutableSortedMap(
                  Comparator.naturalOrder(), this::name, file -> file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String name(Path file) {
    String path = root.relativize(file).toString().replace('\\', '/');
    return path.endsWith(".json") ? path.substring(0, path.length() - ".json".length()) : path;
  }
}
