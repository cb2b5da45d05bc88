package io.github.bilevel4j.examples.bench;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.examples.report.Table;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

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
      OptionalDouble perIteration = perIteration(i);
      table =
          table.row(
              row.method(),
              size(row),
              format("%.2f", row.median()),
              format("%.2f", row.fastest()),
              perIteration.isPresent() ? format("%.2f", perIteration.getAsDouble()) : "",
              format("%.2f", row.processor()),
              Double.isNaN(row.memory()) ? "n/a" : format("%.0f", row.memory()),
              format("%.1f", row.firstCall()),
              format("%.1e", row.error()));
    }
    return table;
  }

  /** A line for each row, without {@link #TITLES}. */
  public String csv() {
    return IntStream.range(0, rows.size())
        .mapToObj(i -> line(rows.get(i), perIteration(i)) + "\n")
        .collect(Collectors.joining());
  }

  private String line(HypergradientTime row, OptionalDouble perIteration) {
    return Stream.of(
            problem,
            "\"" + row.method() + "\"",
            size(row),
            "\"" + row.device() + "\"",
            row.precision(),
            Integer.toString(row.runs()),
            number(row.median()),
            number(row.fastest()),
            number(row.slowest()),
            number(row.processor()),
            perIteration.isPresent() ? number(perIteration.getAsDouble()) : "",
            Double.isNaN(row.memory()) ? "" : number(row.memory()),
            number(row.firstCall()),
            number(row.error()))
        .collect(Collectors.joining(","));
  }

  /** From the row before, if it is of the same method. */
  private OptionalDouble perIteration(int i) {
    return i > 0 && rows.get(i - 1).method().equals(rows.get(i).method())
        ? OptionalDouble.of(rows.get(i).perIteration(rows.get(i - 1)))
        : OptionalDouble.empty();
  }

  private static String size(HypergradientTime row) {
    return row.size() == 0 ? "" : Integer.toString(row.size());
  }

  private static String number(double value) {
    return format("%.6g", value);
  }

  private static String format(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }
}
