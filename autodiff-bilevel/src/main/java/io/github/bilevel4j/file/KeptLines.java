package io.github.bilevel4j.file;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.nio.file.Path;

/**
 * A text file that grows by whole lines. Lines that cannot be written, because the disk is full for
 * instance, are kept and tried again with the next ones; this is told once.
 */
public final class KeptLines implements AutoCloseable {
  private final Path file;
  private final AppendedFile lines;
  private final FailedWrites failures;
  private final StringBuilder pending = new StringBuilder();

  private KeptLines(Path file, AppendedFile lines, FailedWrites failures) {
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
      return new KeptLines(file, AppendedFile.resume(file, position), failures);
    }
    KeptLines made = new KeptLines(file, AppendedFile.create(file), failures);
    made.add(first);
    return made;
  }

  /** Appends lines, each with its end. */
  public void add(String more) {
    pending.append(more);
    failures.attempt(file, this::flush);
  }

  private void flush() {
    if (!pending.isEmpty()) {
      lines.append(pending.toString());
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
    lines.sync();
    return lines.length();
  }

  /**
   * Forces all lines to the disk and closes the file.
   *
   * @throws WriteException if lines are missing in it
   */
  @Override
  public void close() {
    try (lines) {
      flush();
    }
  }
}
