package io.github.bilevel4j.examples.study;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.check.ReadFailure;
import io.github.bilevel4j.check.UsageError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What cells ended with: a row for each with its name, the values that it has of the options, and
 * its measurements. As text, comma-separated values; what a cell has not measured is empty.
 */
public final class SweepTable {
  /** The file in a sweep's folder. */
  public static final String FILE = "sweep.csv";

  private static final String CELL = "cell";
  private static final Splitter COMMAS = Splitter.on(',');

  private final Map<String, ImmutableMap<String, String>> rows = new LinkedHashMap<>();

  /** Adds the cell at a point. */
  public void add(Sweep.Point point, CellResult result) {
    ImmutableMap.Builder<String, String> row = ImmutableMap.builder();
    point.key().forEach((name, value) -> row.put(name, plain(value)));
    result.numbers().forEach((name, value) -> row.put(plain(name), text(value)));
    rows.put(point.cell().name(), row.buildKeepingLast());
  }

  /** Without what separates cells and lines. */
  private static String plain(String text) {
    return text.replaceAll("[,\\p{Cntrl}]", ";");
  }

  private static String text(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : Double.toString(value);
  }

  /**
   * Reads a file.
   *
   * @throws UsageError if it cannot be read or is not as it was written
   */
  public static SweepTable read(Path file) {
    List<String> lines;
    try {
      lines = Files.readAllLines(file);
    } catch (IOException e) {
      throw UsageError.in("sweep")
          .because("%s cannot be read", file)
          .value("reason", ReadFailure.reason(e))
          .error();
    }
    SweepTable table = new SweepTable();
    List<String> titles = lines.isEmpty() ? List.of() : COMMAS.splitToList(lines.get(0));
    if (titles.isEmpty() || !titles.get(0).equals(CELL)) {
      throw broken(file, 1);
    }
    for (int i = 1; i < lines.size(); i++) {
      List<String> values = COMMAS.splitToList(lines.get(i));
      if (values.size() != titles.size()) {
        throw broken(file, i + 1);
      }
      ImmutableMap.Builder<String, String> row = ImmutableMap.builder();
      for (int j = 1; j < titles.size(); j++) {
        if (!values.get(j).isEmpty()) {
          row.put(titles.get(j), values.get(j));
        }
      }
      table.rows.put(values.get(0), row.buildKeepingLast());
    }
    return table;
  }

  private static UsageError broken(Path file, int line) {
    return UsageError.in("sweep")
        .because("line %d of %s is not as it was written", line, file)
        .maybe("the sweep's command writes it again.");
  }

  /**
   * Adds the rows of another table. A cell that is in both must have the same values there, but for
   * times.
   *
   * @param from what the error calls the other one
   * @throws UsageError if it has not
   */
  public void addAll(SweepTable other, String from) {
    other.rows.forEach(
        (cell, row) -> {
          ImmutableMap<String, String> own = rows.putIfAbsent(cell, row);
          if (own != null) {
            requireSame(cell, own, row, from);
          }
        });
  }

  private static void requireSame(
      String cell, Map<String, String> own, Map<String, String> other, String from) {
    Set<String> names = new LinkedHashSet<>(own.keySet());
    names.addAll(other.keySet());
    for (String name : names) {
      String first = own.getOrDefault(name, "nothing");
      String second = other.getOrDefault(name, "nothing");
      if (!name.endsWith("seconds") && !first.equals(second)) {
        throw UsageError.in("sweep merge")
            .because("%s has another result in %s than before", cell, from)
            .value(name + " before", first)
            .value(name + " there", second)
            .maybe("one of them was made with other data, program or processors.");
      }
    }
  }

  /** The values of each cell by their columns' names. */
  public ImmutableMap<String, ImmutableMap<String, String>> rows() {
    return ImmutableMap.copyOf(rows);
  }

  /** The cells that have rows. */
  public Set<String> cells() {
    return rows.keySet();
  }

  /** The file's text. */
  @Override
  public String toString() {
    Set<String> titles = new LinkedHashSet<>();
    rows.values().forEach(row -> titles.addAll(row.keySet()));
    List<String> lines = new ArrayList<>();
    lines.add(line(CELL, titles.stream().toList()));
    rows.forEach(
        (cell, row) ->
            lines.add(
                line(cell, titles.stream().map(title -> row.getOrDefault(title, "")).toList())));
    return String.join("\n", lines) + "\n";
  }

  private static String line(String cell, List<String> values) {
    return ImmutableList.<String>builder().add(cell).addAll(values).build().stream()
        .collect(Collectors.joining(","));
  }
}
