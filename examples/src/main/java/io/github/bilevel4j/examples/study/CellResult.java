package io.github.bilevel4j.examples.study;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Streams;
import io.github.bilevel4j.experiment.RunFolder;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What a cell that has ended noted in its {@code summary.json}. */
public record CellResult(ImmutableMap<String, Object> summary) {
  private static final String TABLE = "table";
  private static final String MOMENT = "moment";

  /** Of a run's folder; empty if it has not ended well. */
  static Optional<CellResult> in(Path folder) {
    return RunFolder.summary(folder).map(summary -> new CellResult(ImmutableMap.copyOf(summary)));
  }

  /**
   * All numbers, by names that say where they were: {@code pool after linear probe}. A moment has
   * no ablation in its name, which is among the cell's own options.
   */
  public ImmutableMap<String, Double> numbers() {
    Map<String, Double> numbers = new LinkedHashMap<>();
    summary.forEach((name, value) -> add(numbers, name.equals(TABLE) ? "" : name, value));
    return ImmutableMap.copyOf(numbers);
  }

  private static void add(Map<String, Double> numbers, String name, Object value) {
    if (value instanceof Number number) {
      numbers.put(name, number.doubleValue());
    } else if (value instanceof Map<?, ?> entries) {
      String texts =
          entries.values().stream()
              .filter(String.class::isInstance)
              .map(text -> label((String) text))
              .collect(Collectors.joining(" "));
      entries.forEach((key, each) -> add(numbers, joined(joined(name, texts), label(key)), each));
    } else if (value instanceof List<?> rows) {
      rows.forEach(row -> add(numbers, name, row));
    }
  }

  private static String joined(String first, String second) {
    return first.isEmpty() || second.isEmpty() ? first + second : first + " " + second;
  }

  /** Up to a comma, which separates columns. */
  private static String label(Object text) {
    String all = String.valueOf(text);
    return all.contains(",") ? all.substring(0, all.indexOf(',')) : all;
  }

  /**
   * What was measured of the last stage's features.
   *
   * @param moment for instance {@code before}
   * @param metric for instance {@code linear probe}
   * @return NaN if it was not
   */
  double last(String moment, String metric) {
    return Streams.findLast(rows().stream().filter(row -> label(row.get(MOMENT)).equals(moment)))
        .map(row -> row.get(metric))
        .filter(Number.class::isInstance)
        .map(number -> ((Number) number).doubleValue())
        .orElse(Double.NaN);
  }

  /** All that {@link #last} has numbers of, in the order of its table. */
  ImmutableSet<String> moments() {
    return rows().stream()
        .filter(row -> row.containsKey(MOMENT))
        .map(row -> label(row.get(MOMENT)))
        .collect(ImmutableSet.toImmutableSet());
  }

  /** The rows of its table. */
  ImmutableList<Map<?, ?>> rows() {
    return summary.get(TABLE) instanceof List<?> rows
        ? rows.stream()
            .filter(Map.class::isInstance)
            .map(row -> (Map<?, ?>) row)
            .collect(ImmutableList.toImmutableList())
        : ImmutableList.of();
  }
}
