package io.github.bilevel4j.file;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A text file that grows by whole lines. Lines that cannot be written, because the disk is full for
 * instance, are kept and tried again with the next ones; this is told once.
 */
public final class KeptLines implements AutoCloseable {
  private final Path file;
  private final Optional<AppendedFile> lines;
  private final FailedWrites failures;
  private final StringBuilder pending = new StringBuilder();

  private KeptLines(Path file, Optional<AppendedFile> lines, FailedWrites failures) {
    this.file = file;
    this.lines = lines;
    this.failures = failures;
  }

  /**
   * Begins a file with its first line, or goes on with it.
   *
   * @param first with its end
   * @param position what {@link #sync} has told after the last line to keep: those after it are
   *     dropped; zero for a new file
   * @param failures hears of lines that cannot be written
   * @throws WriteException if it cannot be made or opened, or is shorter
   */
  public static KeptLines open(Path file, String first, long position, FailedWrites failures) {
    if (position > 0) {
      return new KeptLines(file, Optional.of(AppendedFile.resume(file, position)), failures);
    }
    KeptLines made = new KeptLines(file, Optional.of(AppendedFile.create(file)), failures);
    made.add(first);
    return made;
  }

  /** Lines that are not written: another process has the file. */
  public static KeptLines nowhere(Path file, FailedWrites failures) {
    return new KeptLines(file, Optional.empty(), failures);
  }

  /** Appends lines, each with its end. */
  public void add(String more) {
    pending.append(more);
    failures.attempt(file, this::flush);
  }

  private void flush() {
    if (!pending.isEmpty()) {
      lines.ifPresent(file -> file.append(pending.toString()));
      pending.setLength(0);
    }
  }

  /**
   * Forces all lines to the disk.
   *
   * @return their bytes: where the next line begins
   * @throws WriteException if lines are missing in the file
   */
  @CanIgnoreReturnValue
  public long sync() {
    flush();
    lines.ifPresent(AppendedFile::sync);
    return lines.map(AppendedFile::length).orElse(0L);
  }

  /**
   * Forces all lines to the disk and closes the file.
   *
   * @throws WriteException if lines are missing in it
   */
  @Override
  public void close() {
    try {
      flush();
    } finally {
      lines.ifPresent(AppendedFile::close);
    }
  }
}
