package io.github.bilevel4j.examples.report;

import java.awt.AWTError;
import java.io.IOException;
import java.util.Optional;

/** Drawing or writing a picture, which may fail for reasons outside the program. */
@FunctionalInterface
interface Drawing {
  Object draw() throws IOException;

  /** Why it could not be drawn or written, in one line; empty if all went well. */
  static Optional<String> tried(Drawing drawing) {
    try {
      Object unused = drawing.draw();
      return Optional.empty();
    } catch (IOException | RuntimeException | LinkageError | InternalError | AWTError e) {
      // Without fonts or the native parts of AWT the first use of a font ends in an Error.
      return Optional.of("no picture of the curves: " + e);
    }
  }
}
