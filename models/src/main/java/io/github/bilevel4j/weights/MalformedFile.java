package io.github.bilevel4j.weights;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import io.github.bilevel4j.check.UsageError;
import java.nio.file.Path;

/** The message about a file that is not what it should be. */
final class MalformedFile {
  private MalformedFile() {}

  @FormatMethod
  static UsageError at(Path file, @FormatString String reason, Object... arguments) {
    return UsageError.in("read weights")
        .because(reason, arguments)
        .value("file", file)
        .maybe("it is not in the safetensors format, or was cut short.");
  }
}
