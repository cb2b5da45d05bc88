package io.github.bilevel4j.weights;

import io.github.bilevel4j.check.UsageError;
import java.nio.file.Path;

/** The message about a file that is not what it should be. */
final class MalformedFile {
  private MalformedFile() {}

  static IllegalArgumentException at(Path file, String reason) {
    return UsageError.in("read weights")
        .because("%s", reason)
        .value("file", file)
        .maybe("it is not in the safetensors format, or was cut short.");
  }
}
