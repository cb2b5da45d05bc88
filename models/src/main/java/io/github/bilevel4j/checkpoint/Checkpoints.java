package io.github.bilevel4j.checkpoint;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.file.WholeFile;
import io.github.bilevel4j.file.WriteException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A folder of checkpoints, of which the last few are kept.
 *
 * @param keep how many
 */
public record Checkpoints(Path folder, int keep) {
  private static final String ENDING = ".ckpt";

  /**
   * @throws UsageError if none is to be kept
   */
  public Checkpoints {
    Require.in("checkpoints").atLeast(1, "number to keep", keep);
  }

  /** Where one stands: the number of its phase, counted from one, and of the steps made in it. */
  public record Position(int phase, String name, int step) {
    private String file() {
      return String.format(Locale.ROOT, "%02d-%s-%08d%s", phase, name, step, ENDING);
    }
  }

  /**
   * Writes one, and deletes those that are too many.
   *
   * @param checkpoint what writes it to a file
   * @throws WriteException if it cannot be written; those before it are still there then
   */
  public void write(Position position, Consumer<Path> checkpoint) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new WriteException(folder, e);
    }
    Path file = folder.resolve(position.file());
    checkpoint.accept(file);
    List<Path> older = newestFirst().stream().filter(path -> !path.equals(file)).toList();
    delete(older.subList(Math.min(keep - 1, older.size()), older.size()));
  }

  /**
   * The newest that is intact, if there is one. Those after it are renamed, so that they are in
   * nobody's way.
   *
   * @param told hears of each that is damaged, in one line
   * @throws WriteException if one cannot be renamed
   */
  public Optional<Checkpoint> newest(Consumer<String> told) {
    for (Path file : newestFirst()) {
      try {
        return Optional.of(Checkpoint.read(file));
      } catch (UsageError damaged) {
        told.accept(
            damaged.getMessage().lines().findFirst().orElseThrow() + " The one before is taken.");
        WholeFile.rename(file, file.resolveSibling(file.getFileName() + ".damaged"));
      }
    }
    return Optional.empty();
  }

  private ImmutableList<Path> newestFirst() {
    if (!Files.isDirectory(folder)) {
      return ImmutableList.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.getFileName().toString().endsWith(ENDING))
          .sorted(Comparator.comparing((Path file) -> file.getFileName().toString()).reversed())
          .collect(ImmutableList.toImmutableList());
    } catch (IOException e) {
      throw UsageError.in("checkpoints")
          .because("the folder %s cannot be read", folder)
          .maybe("its permissions forbid it.");
    }
  }

  private static void delete(List<Path> files) {
    for (Path file : files) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        throw new WriteException(file, e);
      }
    }
  }

  /** Deletes what a killed program has left unfinished. */
  public void removeLeftovers() {
    if (Files.isDirectory(folder)) {
      WholeFile.removeLeftovers(folder);
    }
  }
}
