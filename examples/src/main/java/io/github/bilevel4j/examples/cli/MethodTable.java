package io.github.bilevel4j.examples.cli;

import com.google.common.math.Stats;
import io.github.bilevel4j.examples.cli.TableCell.Moment;
import io.github.bilevel4j.examples.report.Table;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** The cells of a table by method: mean and, of several seeds, standard deviation. */
final class MethodTable {
  private final List<TableCell> cells;

  MethodTable(List<TableCell> cells) {
    this.cells = cells;
  }

  /** In Markdown, a row for each method in the order of its first cell. */
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
    for (String method : cells.stream().map(TableCell::method).distinct().toList()) {
      table =
          table.row(
              method,
              cell(method, Moment.BEFORE, Scores::linear, 1),
              cell(method, Moment.AFTER, Scores::linear, 1),
              cell(method, Moment.BEFORE, Scores::neighbors, 1),
              cell(method, Moment.AFTER, Scores::neighbors, 1),
              cell(method, Moment.BEFORE, Scores::reduction, 3),
              cell(method, Moment.AFTER, Scores::reduction, 3),
              String.valueOf(
                  cells.stream()
                      .filter(c -> c.method().equals(method))
                      .map(TableCell::seed)
                      .distinct()
                      .count()));
    }
    return table.toString();
  }

  private String cell(String method, Moment moment, ToDoubleFunction<Scores> score, int decimals) {
    double[] values =
        cells.stream()
            .filter(c -> c.method().equals(method) && c.moment() == moment)
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
