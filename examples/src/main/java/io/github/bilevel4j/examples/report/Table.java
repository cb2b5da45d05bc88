package io.github.bilevel4j.examples.report;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.base.Preconditions;
import com.google.common.base.Splitter;
import com.google.common.base.Strings;
import com.google.common.collect.ImmutableList;
import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import java.util.Collections;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A table in Markdown whose columns are aligned as plain text too: the first one to the left, the
 * others, numbers usually, to the right.
 */
public final class Table {
  /** Not a part of a word or of a number with an exponent. */
  private static final Pattern ROUNDED_TO_ZERO =
      Pattern.compile("(?<![\\w.])-(0(?:\\.0+)?(?:[eE][-+]?0+)?)(?![\\w.])");

  private final ImmutableList<String> titles;
  private final ImmutableList<ImmutableList<String>> rows;

  private Table(ImmutableList<String> titles, ImmutableList<ImmutableList<String>> rows) {
    this.titles = titles;
    this.rows = rows;
  }

  /** A table without rows. */
  public static Table of(String... titles) {
    return new Table(ImmutableList.copyOf(titles), ImmutableList.of());
  }

  /** With one more row, a cell for each title. */
  public Table row(String... cells) {
    Preconditions.checkArgument(cells.length == titles.size(), "one cell for each title");
    return new Table(
        titles,
        ImmutableList.<ImmutableList<String>>builder()
            .addAll(rows)
            .add(Stream.of(cells).map(Table::unsigned).collect(toImmutableList()))
            .build());
  }

  /** With one more row: values in a format whose cells are separated by {@code |}. */
  @FormatMethod
  public Table formatted(@FormatString String format, Object... values) {
    String cells = String.format(Locale.ROOT, format, values);
    return row(Splitter.on('|').splitToList(cells).toArray(String[]::new));
  }

  /** What is rounded to zero has no sign: {@code 0.00} instead of {@code -0.00}. */
  public static String unsigned(String number) {
    return ROUNDED_TO_ZERO.matcher(number).replaceAll("$1");
  }

  /** The lines of the table, joined. */
  @Override
  public String toString() {
    return Stream.concat(Stream.of(line(titles), rule()), rows.stream().map(this::line))
        .collect(Collectors.joining("\n"));
  }

  private String line(ImmutableList<String> cells) {
    return IntStream.range(0, cells.size())
        .mapToObj(i -> padded(cells.get(i), i))
        .collect(Collectors.joining(" | ", "| ", " |"));
  }

  private String rule() {
    return IntStream.range(0, titles.size())
        .mapToObj(i -> i == 0 ? "-".repeat(width(i)) : "-".repeat(width(i) - 1) + ":")
        .collect(Collectors.joining(" | ", "| ", " |"));
  }

  private String padded(String cell, int column) {
    return column == 0
        ? Strings.padEnd(cell, width(column), ' ')
        : Strings.padStart(cell, width(column), ' ');
  }

  private int width(int column) {
    int widest =
        rows.isEmpty()
            ? 0
            : Collections.max(rows.stream().map(r -> r.get(column).length()).toList());
    return Math.max(3, Math.max(widest, titles.get(column).length()));
  }
}
