package io.github.bilevel4j.file;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** The space that is left on a disk. */
public final class FreeSpace {
  private FreeSpace() {}

  /** For instance {@code 12.3 MB free in /home/me/runs}, the nearest folder that exists. */
  public static String near(Path file) {
    Path folder = file.toAbsolutePath().getParent();
    while (folder != null && !Files.isDirectory(folder)) {
      folder = folder.getParent();
    }
    if (folder == null) {
      return "free space unknown";
    }
    try {
      double free = Files.getFileStore(folder).getUsableSpace();
      return String.format(Locale.ROOT, "%,.1f MB free in %s", free / (1 << 20), folder);
    } catch (IOException e) {
      return "free space of " + folder + " unknown";
    }
  }
}
