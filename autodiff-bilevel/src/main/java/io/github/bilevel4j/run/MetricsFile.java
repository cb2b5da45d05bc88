package io.github.bilevel4j.run;

import com.google.common.collect.ImmutableMap;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.github.bilevel4j.file.FailedWrites;
import io.github.bilevel4j.file.KeptLines;
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
  private static final String FIRST = "phase,step,metric,value\n";

  private final KeptLines lines;

  private MetricsFile(KeptLines lines) {
    this.lines = lines;
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
    return new MetricsFile(KeptLines.open(file, FIRST, 0, failures));
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
    return new MetricsFile(KeptLines.open(file, FIRST, position, failures));
  }

  /** Measurements that are not written: another process has the file. */
  public static MetricsFile nowhere(Path file, FailedWrites failures) {
    return new MetricsFile(KeptLines.nowhere(file, failures));
  }

  /** A listener that writes the measurements of a phase of the run. */
  public MetricsListener phase(String phase) {
    return (step, measurements) -> write(phase, step, measurements);
  }

  private void write(String phase, int step, ImmutableMap<String, Double> measurements) {
    StringBuilder more = new StringBuilder();
    measurements.forEach(
        (metric, value) ->
            more.append(quoted(phase) + "," + step + "," + quoted(metric) + "," + value)
                .append('\n'));
    lines.add(more.toString());
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
    return lines.sync();
  }

  /**
   * Forces all lines to the disk and closes the file.
   *
   * @throws WriteException if lines are missing in it
   */
  @Override
  public void close() {
    lines.close();
  }
}
