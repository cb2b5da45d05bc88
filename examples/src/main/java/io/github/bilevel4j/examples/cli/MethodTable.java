package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Streams;
import com.google.common.math.Stats;
import io.github.bilevel4j.examples.report.Table;
import io.github.bilevel4j.examples.ssl.recipe.BuiltInMethod;
import io.github.bilevel4j.examples.study.SweepTable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The last stage's features by method: mean and, of several seeds, standard deviation. */
final class MethodTable {
  /** The file of this table. */
  static final String TEXT = "table.md";

  /** The file of what it is made of. */
  static final String FILE = "table.csv";

  private static final String BEFORE = "before";
  private static final String AFTER = "after";

  /** Columns of a sweep, by the titles here. */
  private static final ImmutableMap<String, String> METRICS =
      ImmutableMap.of(
          "linear probe %", "linear probe",
          "5-nn %", "5-nn",
          "coding rate reduction", "coding rate reduction");

  private static final ImmutableList<Integer> DECIMALS = ImmutableList.of(1, 1, 3);

  private final ImmutableList<Row> rows;

  /** Of the cells that there are. */
  MethodTable(SweepTable cells) {
    ImmutableList.Builder<Row> found = ImmutableList.builder();
    cells.rows().values().forEach(cell -> rows(cell).forEach(found::add));
    this.rows = found.build();
  }

  /** What was measured of a method with one seed at one moment. */
  private record Row(String method, String seed, String moment, ImmutableList<Double> values) {
    String line() {
      return Table.unsigned(
          String.format(
              Locale.ROOT,
              "%s,%s,%s,%.2f,%.2f,%.4f",
              method,
              seed,
              moment,
              values.get(0),
              values.get(1),
              values.get(2)));
    }
  }

  private static Stream<Row> rows(Map<String, String> cell) {
    String seed = cell.getOrDefault("seed", "");
    if (cell.containsKey("method")) {
      return Stream.of(BEFORE, AFTER)
          .flatMap(moment -> row(cell, cell.get("method"), seed, moment, " " + moment).stream());
    }
    return BaselinesCommand.NAMES.stream()
        .flatMap(name -> row(cell, name, seed, BEFORE, name).stream());
  }

  /** The last stage's numbers are the last ones of their names. */
  private static Optional<Row> row(
      Map<String, String> cell, String method, String seed, String moment, String columns) {
    List<Double> values = new ArrayList<>();
    for (String metric : METRICS.values()) {
      Streams.findLast(
              cell.entrySet().stream()
                  .filter(column -> column.getKey().endsWith(columns + " " + metric)))
          .ifPresent(column -> values.add(Double.valueOf(column.getValue())));
    }
    return values.size() == METRICS.size()
        ? Optional.of(new Row(method, seed, moment, ImmutableList.copyOf(values)))
        : Optional.empty();
  }

  /** A line for each method, seed and moment. */
  String csv() {
    return Stream.concat(
            Stream.of("method,seed,moment," + String.join(",", METRICS.keySet())),
            methods().stream()
                .flatMap(method -> rows.stream().filter(row -> row.method.equals(method)))
                .map(Row::line))
        .map(line -> line + "\n")
        .collect(Collectors.joining());
  }

  /** In Markdown, a row for each method. */
  @Override
  public String toString() {
    Table table =
        Table.of(
            "method",
            "linear %",
            "with UMM",
            "5-NN %",
            "with UMM",
            "coding-rate reduction",
            "with UMM",
            "seeds");
    for (String method : methods()) {
      List<Row> ofMethod = rows.stream().filter(row -> row.method.equals(method)).toList();
      List<String> cells = new ArrayList<>(List.of(method));
      for (int metric = 0; metric < DECIMALS.size(); metric++) {
        cells.add(mean(ofMethod, BEFORE, metric));
        cells.add(mean(ofMethod, AFTER, metric));
      }
      cells.add(String.valueOf(ofMethod.stream().map(Row::seed).distinct().count()));
      table = table.row(cells.toArray(String[]::new));
    }
    return table.toString();
  }

  /** What is no method comes first, then all in the order of the list, users' methods last. */
  private List<String> methods() {
    List<String> order =
        Stream.concat(
                BaselinesCommand.NAMES.stream(),
                Stream.of(BuiltInMethod.values()).map(BuiltInMethod::id))
            .toList();
    Set<String> found = rows.stream().map(Row::method).collect(Collectors.toSet());
    return found.stream()
        .sorted(Comparator.comparing((String method) -> place(order, method)).thenComparing(m -> m))
        .toList();
  }

  private static int place(List<String> order, String method) {
    int index = order.indexOf(method);
    return index < 0 ? order.size() : index;
  }

  private static String mean(List<Row> rows, String moment, int metric) {
    double[] values =
        rows.stream()
            .filter(row -> row.moment.equals(moment))
            .mapToDouble(row -> row.values.get(metric))
            .toArray();
    if (values.length == 0) {
      return "-";
    }
    Stats stats = Stats.of(values);
    String number = "%." + DECIMALS.get(metric) + "f";
    String mean = String.format(Locale.ROOT, number, stats.mean());
    return values.length == 1
        ? mean
        : String.format(Locale.ROOT, "%s ± " + number, mean, stats.sampleStandardDeviation());
  }
}
