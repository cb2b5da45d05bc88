package io.github.bilevel4j.check;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Names of files where the locale's character set lacks some of their characters, as it does under
 * {@code LC_ALL=C}. Java then reads each foreign byte as U+FFFD, so that different names look the
 * same.
 */
public final class FileNames {
  private static final char LOST = '\uFFFD';

  private FileNames() {}

  /**
   * The last element of a path: the stored bytes taken for UTF-8, whatever the locale, or for the
   * locale's character set if they are not UTF-8.
   *
   * @param operation named in the error
   * @throws UsageError if the bytes are neither
   */
  public static String name(String operation, Path path) {
    String told = path.getFileName().toString();
    if (told.chars().allMatch(c -> c < 0x80)) {
      return told;
    }
    return stored(path)
        .or(() -> Optional.of(told).filter(name -> name.indexOf(LOST) < 0))
        .orElseThrow(() -> unknown(operation, path));
  }

  /** A path's URI has every byte beyond ASCII as %XX. */
  private static Optional<String> stored(Path path) {
    String uri = path.toUri().getRawPath().replaceFirst("/$", "");
    String name = uri.substring(uri.lastIndexOf('/') + 1);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < name.length(); i++) {
      if (name.charAt(i) == '%') {
        bytes.write(Integer.parseInt(name.substring(i + 1, i + 3), 16));
        i += 2;
      } else {
        bytes.writeBytes(name.substring(i, i + 1).getBytes(UTF_8));
      }
    }
    try {
      return Optional.of(
          UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes.toByteArray())).toString());
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }

  private static UsageError unknown(String operation, Path path) {
    return UsageError.in(operation)
        .because(
            "the name of a file is neither in UTF-8 nor in the locale's character set %s",
            characterSet())
        .value("file", path)
        .value("bytes", path.toUri().getRawPath().replaceFirst("/$", "").replaceFirst(".*/", ""))
        .maybe("rename it, or set LC_ALL to the locale in which it was named.");
  }

  /**
   * Fails if a text that names a file has lost characters on the way from the command line.
   *
   * @param operation named in the error
   * @throws UsageError if so
   */
  public static void requireWhole(String operation, String text) {
    if (text.indexOf(LOST) >= 0) {
      throw UsageError.in(operation)
          .because(
              "\"%s\" has bytes that are no characters in the locale's character set %s",
              text, characterSet())
          .maybe("set LC_ALL in the environment to a locale that has them, for instance C.UTF-8.");
    }
  }

  private static String characterSet() {
    return System.getProperty("sun.jnu.encoding", "?");
  }
}
