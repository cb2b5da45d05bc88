package io.github.bilevel4j.backend.tensorflow;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What the system says of NVIDIA's driver, without loading it. */
final class NvidiaDriver {
  private static final Path FOLDER = Path.of("/proc/driver/nvidia");

  private NvidiaDriver() {}

  /** Whether the driver is there. */
  static boolean isPresent() {
    return Files.isDirectory(FOLDER);
  }

  /** The name of the GPUs if all have the same. */
  static String gpuModel() {
    try (Stream<Path> files = Files.walk(FOLDER.resolve("gpus"), 2)) {
      List<String> models =
          files
              .filter(file -> file.endsWith("information"))
              .flatMap(NvidiaDriver::lines)
              .filter(line -> line.startsWith("Model:"))
              .map(line -> line.substring("Model:".length()).trim())
              .distinct()
              .toList();
      return models.size() == 1 ? models.get(0) : "NVIDIA GPU";
    } catch (IOException | UncheckedIOException e) {
      return "NVIDIA GPU";
    }
  }

  private static Stream<String> lines(Path file) {
    try {
      return Files.readAllLines(file).stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
