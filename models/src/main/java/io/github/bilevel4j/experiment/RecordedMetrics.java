package io.github.bilevel4j.experiment;

import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.check.ReadFailure;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.run.MetricsFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads what a {@link MetricsFile} has written, step by step. */
public final class RecordedMetrics {
  private static final int FIELDS = 4;

  private final Listener listener;
  private final Map<String, Double> measurements = new LinkedHashMap<>();
  private String phase = "";
  private String step = "";

  private RecordedMetrics(Listener listener) {
    this.listener = listener;
  }

  /** Hears of each step. */
  @FunctionalInterface
  public interface Listener {
    /** The measurements of a step of a phase. */
    void measured(String phase, int step, ImmutableMap<String, Double> measurements);
  }

  /**
   * Reads a file.
   *
   * @throws UsageError if it cannot be read, or a line is not as it was written
   */
  public static void read(Path file, Listener listener) {
    RecordedMetrics metrics = new RecordedMetrics(listener);
    try (MappingIterator<List<String>> lines =
        new CsvMapper()
            .readerForListOf(String.class)
            .with(CsvParser.Feature.WRAP_AS_ARRAY)
            .readValues(file.toFile())) {
      for (int line = 1; lines.hasNext(); line++) {
        List<String> fields = lines.next();
        if (line > 1) {
          metrics.add(file, line, fields);
        }
      }
      metrics.end();
    } catch (IOException e) {
      throw UsageError.in("read metrics")
          .because("the file %s cannot be read", file)
          .value("reason", ReadFailure.reason(e))
          .error();
    }
  }

  private void add(Path file, int line, List<String> fields) {
    try {
      if (fields.size() != FIELDS) {
        throw new NumberFormatException();
      }
      double value = Double.parseDouble(fields.get(3));
      if (!fields.get(0).equals(phase)
          || !fields.get(1).equals(step)
          || measurements.containsKey(fields.get(2))) {
        end();
        phase = fields.get(0);
        step = fields.get(1);
      }
      measurements.put(fields.get(2), value);
    } catch (NumberFormatException e) {
      throw UsageError.in("read metrics")
          .because("line %d of %s is not as it was written: %s", line, file, fields)
          .error();
    }
  }

  private void end() {
    if (!measurements.isEmpty()) {
      listener.measured(phase, Integer.parseInt(step), ImmutableMap.copyOf(measurements));
      measurements.clear();
    }
  }
}
