package io.github.bilevel4j.run;

import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Measurements as a file of comma-separated values in long form, one per line: {@code
 * phase,step,metric,value}. What was measured before an interruption is in it.
 */
public final class MetricsFile implements AutoCloseable {
  private final PrintWriter writer;

  private MetricsFile(PrintWriter writer) {
    this.writer = writer;
  }

  /** Begins a new file. */
  public static MetricsFile create(Path file) {
    try {
      MetricsFile metrics = new MetricsFile(new PrintWriter(Files.newBufferedWriter(file)));
      metrics.writer.println("phase,step,metric,value");
      return metrics;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A listener that writes the measurements of a phase of the run. */
  public MetricsListener phase(String phase) {
    return (step, measurements) -> write(phase, step, measurements);
  }

  private void write(String phase, int step, ImmutableMap<String, Double> measurements) {
    measurements.forEach(
        (metric, value) ->
            writer.println(quoted(phase) + "," + step + "," + quoted(metric) + "," + value));
    writer.flush();
  }

  private static String quoted(String text) {
    return text.contains(",") || text.contains("\"")
        ? "\"" + text.replace("\"", "\"\"") + "\""
        : text;
  }

  @Override
  public void close() {
    writer.close();
  }
}
