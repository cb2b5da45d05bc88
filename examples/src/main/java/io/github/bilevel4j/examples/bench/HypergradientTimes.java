package io.github.bilevel4j.examples.bench;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.examples.report.Table;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The ways to compute the hypergradient of one problem, beside each other.
 *
 * @param problem its letter
 * @param rows what was measured; those of one method follow each other, by growing size
 */
public record HypergradientTimes(String problem, ImmutableList<HypergradientTime> rows) {
  /** The first line of a file of comma-separated values. */
  public static final String TITLES =
      "problem,method,size,device,precision,runs,median_ms,fastest_ms,slowest_ms,cpu_ms,"
          + "ms_per_iteration,peak_mib,first_call_s,relative_error";

  /** One with a row more. */
  public HypergradientTimes and(HypergradientTime row) {
    return new HypergradientTimes(
        problem, ImmutableList.<HypergradientTime>builder().addAll(rows).add(row).build());
  }

  /** Markdown. */
  public Table table() {
    Table table =
        Table.of(
            "estimator",
            "K",
            "median ms",
            "fastest ms",
            "ms per further K",
            "CPU ms",
            "peak MiB",
            "first call s",
            "relative error");
    for (int i = 0; i < rows.size(); i++) {
      HypergradientTime row = rows.get(i);
      table =
          table.formatted(
              "%s|%s|%.2f|%.2f|%s|%.2f|%s|%.1f|%.1e",
              row.method(),
              size(row),
              row.median(),
              row.fastest(),
              known("%.2f", perIteration(i), ""),
              row.processor(),
              known("%.0f", row.memory(), "n/a"),
              row.firstCall(),
              row.error());
    }
    return table;
  }

  /** A line for each row, without {@link #TITLES}. */
  public String csv() {
    return IntStream.range(0, rows.size()).mapToObj(this::line).collect(Collectors.joining());
  }

  private String line(int i) {
    HypergradientTime row = rows.get(i);
    return String.format(
        Locale.ROOT,
        "%s,\"%s\",%s,\"%s\",%s,%d,%.6g,%.6g,%.6g,%.6g,%s,%s,%.6g,%.6g\n",
        problem,
        row.method(),
        size(row),
        row.device(),
        row.precision(),
        row.runs(),
        row.median(),
        row.fastest(),
        row.slowest(),
        row.processor(),
        known("%.6g", perIteration(i), ""),
        known("%.6g", row.memory(), ""),
        row.firstCall(),
        row.error());
  }

  /** From the row before, if it is of the same method; else not a number. */
  private double perIteration(int i) {
    return i > 0 && rows.get(i - 1).method().equals(rows.get(i).method())
        ? rows.get(i).perIteration(rows.get(i - 1))
        : Double.NaN;
  }

  private static String size(HypergradientTime row) {
    return row.size() == 0 ? "" : Integer.toString(row.size());
  }

  private static String known(String format, double value, String otherwise) {
    return Double.isNaN(value) ? otherwise : String.format(Locale.ROOT, format, value);
  }
}
