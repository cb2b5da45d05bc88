package io.github.bilevel4j.file;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;

/** A file cannot be written. The message names it, says why, and how much space is free. */
public final class WriteException extends UncheckedIOException {
  private static final long serialVersionUID = 1L;

  private final transient Path file;

  /**
   * For a file.
   *
   * @param cause why
   */
  public WriteException(Path file, IOException cause) {
    super(
        String.format(
            Locale.ROOT,
            "%s cannot be written: %s (%s)",
            file,
            reason(cause, file),
            FreeSpace.near(file)),
        cause);
    this.file = file;
  }

  /** The file. */
  public Path file() {
    return file;
  }

  /** The system's own words after the file's name, which comes first in many messages. */
  private static String reason(IOException cause, Path file) {
    if (cause instanceof NoSuchFileException) {
      return "its folder does not exist";
    } else if (cause instanceof AccessDeniedException) {
      return "permission denied";
    } else if (cause instanceof FileSystemException system && system.getReason() != null) {
      return system.getReason();
    }
    String message = String.valueOf(cause.getMessage());
    if (cause instanceof FileNotFoundException && message.endsWith(")")) {
      return message.substring(message.lastIndexOf(" (") + 2, message.length() - 1);
    }
    return message.replace(file + ": ", "");
  }
}
