package io.github.bilevel4j.examples.cli;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** Rows of values by the names of columns, those that are absent empty. */
final class Csv {
  private final ImmutableList<String> columns;
  private final List<Map<String, Object>> rows = new ArrayList<>();

  Csv(List<String> columns) {
    this.columns = ImmutableList.copyOf(columns);
  }

  /** Adds a row. */
  void add(Map<String, ?> row) {
    Preconditions.checkArgument(columns.containsAll(row.keySet()), "columns %s", row.keySet());
    rows.add(new LinkedHashMap<>(row));
  }

  /** The rows as names and values. */
  ImmutableList<Map<String, Object>> rows() {
    return ImmutableList.copyOf(rows);
  }

  /** Adds a number to a row if it is there. */
  static void put(Map<String, Object> row, String name, OptionalDouble value) {
    value.ifPresent(number -> row.put(name, number));
  }

  /** The file's text: the names, then a line for each row. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(String.join(",", columns)).append('\n');
    for (Map<String, Object> row : rows) {
      List<String> cells =
          columns.stream().map(column -> cell(row.getOrDefault(column, "").toString())).toList();
      text.append(String.join(",", cells)).append('\n');
    }
    return text.toString();
  }

  private static String cell(String value) {
    return value.matches("[^,\"\n\r]*") ? value : '"' + value.replace("\"", "\"\"") + '"';
  }
}
