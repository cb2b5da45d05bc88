package io.github.bilevel4j.examples.crash;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;

/** What a run was doing when it was killed, as far as its files tell. */
enum Moment {
  /** Nothing was written yet. */
  START,
  /** Its checkpoint was not finished. */
  CHECKPOINT,
  /** Another file was not finished: weights, curves, summary. */
  SAVE,
  /** A line of the measurements was just written, or was not finished. */
  METRICS,
  /** Anything else: a step, an evaluation. */
  STEP,
  /** The weights with which it ends were there. */
  END;

  /** Of the run in a folder. */
  static Moment of(Path folder) throws IOException {
    if (!Files.exists(folder.resolve("config.json"))) {
      return START;
    } else if (hasUnfinished(folder.resolve("checkpoints"))) {
      return CHECKPOINT;
    } else if (hasUnfinished(folder)) {
      return SAVE;
    } else if (Files.exists(folder.resolve("weights.safetensors"))) {
      return END;
    }
    return endsInALine(folder.resolve("metrics.csv")) ? STEP : METRICS;
  }

  private static boolean hasUnfinished(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.anyMatch(file -> file.toString().endsWith(".part"));
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private static boolean endsInALine(Path file) throws IOException {
    return !Files.exists(file) || Files.size(file) == 0 || Files.readString(file).endsWith("\n");
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
