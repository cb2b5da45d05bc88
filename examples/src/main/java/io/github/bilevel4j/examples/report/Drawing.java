package io.github.bilevel4j.examples.report;

import io.github.bilevel4j.file.WholeFile;
import io.github.bilevel4j.file.WriteException;
import java.awt.AWTError;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

/** A picture to be drawn, as PNG, which may fail for want of fonts, for instance. */
@FunctionalInterface
interface Drawing {
  byte[] png() throws IOException;

  /** Why it cannot be drawn, in one line; empty if it can. */
  static Optional<String> tried(Drawing drawing) {
    return drawn(drawing, png -> {});
  }

  /**
   * Writes it to a file.
   *
   * @return why it could not be drawn, in one line; empty if all went well
   * @throws WriteException if it cannot be written
   */
  static Optional<String> written(Drawing drawing, Path file) {
    return drawn(drawing, png -> WholeFile.write(file, png));
  }

  private static Optional<String> drawn(Drawing drawing, Consumer<byte[]> use) {
    byte[] png;
    try {
      png = drawing.png();
    } catch (IOException | RuntimeException | LinkageError | InternalError | AWTError e) {
      // Without fonts or the native parts of AWT the first use of a font ends in an Error.
      return Optional.of("no picture of the curves: " + e);
    }
    use.accept(png);
    return Optional.empty();
  }
}
