package io.github.bilevel4j.examples.cli;

import com.google.common.math.Stats;
import io.github.bilevel4j.examples.report.Table;
import io.github.bilevel4j.examples.report.TableCell;
import io.github.bilevel4j.examples.report.TableCell.Stage;
import io.github.bilevel4j.examples.ssl.recipe.BuiltInMethod;
import io.github.bilevel4j.experiment.Scores;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The cells of a table by method: mean and, of several seeds, standard deviation. */
final class MethodTable {
  static final String PIXELS = "raw pixels";
  static final String UNTRAINED = "untrained encoder";

  private final List<TableCell> cells;

  MethodTable(List<TableCell> cells) {
    this.cells = cells;
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
      List<TableCell> row = comparable(method);
      table =
          table.row(
              method,
              mean(row, Stage.BEFORE, Scores::linear, 1),
              mean(row, Stage.AFTER, Scores::linear, 1),
              mean(row, Stage.BEFORE, Scores::neighbors, 1),
              mean(row, Stage.AFTER, Scores::neighbors, 1),
              mean(row, Stage.BEFORE, Scores::reduction, 3),
              mean(row, Stage.AFTER, Scores::reduction, 3),
              String.valueOf(row.stream().map(TableCell::seed).distinct().count()));
    }
    return table.toString();
  }

  /** What is no method comes first, then all in the order of the list, users' methods last. */
  private List<String> methods() {
    List<String> order =
        Stream.concat(
                Stream.of(PIXELS, UNTRAINED),
                Stream.of(BuiltInMethod.values()).map(BuiltInMethod::id))
            .toList();
    return cells.stream()
        .map(TableCell::method)
        .distinct()
        .sorted(Comparator.comparing(method -> place(order, method)))
        .toList();
  }

  private static int place(List<String> order, String method) {
    int index = order.indexOf(method);
    return index < 0 ? order.size() : index;
  }

  /** The cells of a method, once one of them is after UMM: of the seeds that got as far. */
  private List<TableCell> comparable(String method) {
    List<TableCell> all = cells.stream().filter(cell -> cell.method().equals(method)).toList();
    Set<Long> after =
        all.stream()
            .filter(cell -> cell.stage() == Stage.AFTER)
            .map(TableCell::seed)
            .collect(Collectors.toSet());
    return all.stream().filter(cell -> after.isEmpty() || after.contains(cell.seed())).toList();
  }

  private static String mean(
      List<TableCell> row, Stage stage, ToDoubleFunction<Scores> score, int decimals) {
    double[] values =
        row.stream()
            .filter(cell -> cell.stage() == stage)
            .map(TableCell::scores)
            .mapToDouble(score)
            .toArray();
    if (values.length == 0) {
      return "-";
    }
    Stats stats = Stats.of(values);
    String mean = String.format(Locale.ROOT, "%." + decimals + "f", stats.mean());
    return values.length == 1
        ? mean
        : String.format(
            Locale.ROOT, "%s ± %." + decimals + "f", mean, stats.sampleStandardDeviation());
  }
}
