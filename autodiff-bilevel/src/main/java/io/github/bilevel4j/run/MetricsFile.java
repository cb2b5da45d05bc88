package io.github.bilevel4j.run;

import com.google.common.collect.ImmutableMap;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.github.bilevel4j.file.AppendedFile;
import io.github.bilevel4j.file.FailedWrites;
import io.github.bilevel4j.file.WriteException;
import java.nio.file.Path;

/**
 * Measurements as a file of comma-separated values in long form, one per line: {@code
 * phase,step,metric,value}. What was measured before an interruption is in it.
 *
 * <p>Lines that cannot be written, because the disk is full for instance, are kept and tried again
 * with the next ones. This is told once, and the training goes on.
 */
public final class MetricsFile implements AutoCloseable {
  private final Path file;
  private final AppendedFile lines;
  private final FailedWrites failures;
  private final StringBuilder pending = new StringBuilder("phase,step,metric,value\n");

  private MetricsFile(Path file, AppendedFile lines, FailedWrites failures) {
    this.file = file;
    this.lines = lines;
    this.failures = failures;
  }

  /**
   * Begins a new file. Failures are told on the standard error stream.
   *
   * @throws WriteException if it cannot be made
   */
  public static MetricsFile create(Path file) {
    return create(file, new FailedWrites(System.err::println));
  }

  /**
   * Begins a new file.
   *
   * @param failures hears of lines that cannot be written
   * @throws WriteException if it cannot be made
   */
  public static MetricsFile create(Path file, FailedWrites failures) {
    MetricsFile metrics = new MetricsFile(file, AppendedFile.create(file), failures);
    metrics.attempt();
    return metrics;
  }

  /**
   * Goes on with a file.
   *
   * @param position what {@link #sync} has told after the last line to keep: those after it are
   *     dropped
   * @param failures hears of lines that cannot be written
   * @throws WriteException if it cannot be opened, or is shorter
   */
  public static MetricsFile resume(Path file, long position, FailedWrites failures) {
    AppendedFile lines = AppendedFile.open(file);
    lines.truncate(position);
    MetricsFile metrics = new MetricsFile(file, lines, failures);
    metrics.pending.setLength(0);
    return metrics;
  }

  /** A listener that writes the measurements of a phase of the run. */
  public MetricsListener phase(String phase) {
    return (step, measurements) -> write(phase, step, measurements);
  }

  private void write(String phase, int step, ImmutableMap<String, Double> measurements) {
    measurements.forEach(
        (metric, value) ->
            pending
                .append(quoted(phase) + "," + step + "," + quoted(metric) + "," + value)
                .append('\n'));
    attempt();
  }

  private void attempt() {
    failures.attempt(file, this::flush);
  }

  private void flush() {
    if (!pending.isEmpty()) {
      lines.append(pending.toString());
      pending.setLength(0);
    }
  }

  private static String quoted(String text) {
    return text.contains(",") || text.contains("\"") || text.contains("\n")
        ? "\"" + text.replace("\"", "\"\"") + "\""
        : text;
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
