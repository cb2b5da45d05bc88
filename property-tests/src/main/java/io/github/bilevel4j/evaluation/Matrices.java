package io.github.bilevel4j.evaluation;

import io.github.bilevel4j.shape.Array;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Matrices as text, for messages. */
public final class Matrices {
  private static final int SHOWN = 8;

  private Matrices() {}

  /**
   * A named array: a scalar on the line of its name, a vector or matrix with aligned columns below
   * it. Of a large one the first eight rows and columns are shown.
   */
  public static String text(String name, Array array) {
    if (array.size() == 1 && array.shape().rank() < 2) {
      return name + " = " + number(array.at(0));
    }
    int columns = array.shape().rank() == 0 ? 1 : array.shape().dim(array.shape().rank() - 1);
    int rows = columns == 0 ? 0 : array.size() / columns;
    String[][] cells =
        IntStream.range(0, Math.min(rows, SHOWN))
            .mapToObj(i -> row(array, i, columns))
            .toArray(String[][]::new);
    int width =
        Arrays.stream(cells).flatMap(Arrays::stream).mapToInt(String::length).max().orElse(0);
    String body =
        Arrays.stream(cells)
            .map(
                row ->
                    Arrays.stream(row)
                        .map(cell -> " ".repeat(width - cell.length()) + cell)
                        .collect(Collectors.joining("  ", "  ", columns > SHOWN ? "  ..." : "")))
            .collect(Collectors.joining("\n"));
    return name + " " + array.shape() + " =\n" + body + (rows > SHOWN ? "\n  ..." : "");
  }

  private static String[] row(Array array, int index, int columns) {
    return IntStream.range(0, Math.min(columns, SHOWN))
        .mapToObj(j -> number(array.at(index * columns + j)))
        .toArray(String[]::new);
  }

  /** An integer without a point; else seven significant digits, trailing zeros cut off. */
  public static String number(double value) {
    if (value == Math.rint(value) && Math.abs(value) < 1e9) {
      return Long.toString((long) value);
    }
    String text = String.format(Locale.ROOT, "%.7g", value);
    if (!Double.isFinite(value)) {
      return text;
    }
    int exponent = text.indexOf('e');
    String digits = exponent < 0 ? text : text.substring(0, exponent);
    String shortened = digits.contains(".") ? digits.replaceAll("\\.?0+$", "") : digits;
    return shortened + (exponent < 0 ? "" : text.substring(exponent));
  }
}
