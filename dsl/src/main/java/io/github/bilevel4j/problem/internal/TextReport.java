package io.github.bilevel4j.problem.internal;

import io.github.bilevel4j.expr.Variables;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** A page of text: a title, then titled groups of aligned lines or of paragraphs. */
public final class TextReport {
  private static final double SMALLEST_PERCENT = 1e-4;

  private final StringBuilder text = new StringBuilder();
  private final String format;

  /**
   * A page with a title.
   *
   * @param indent of the lines
   * @param width of their keys
   */
  public TextReport(String title, int indent, int width) {
    format = " ".repeat(indent) + "%-" + width + "s %s";
    text.append(title).append('\n');
  }

  /** The title of a group of lines. */
  public TextReport title(String title) {
    text.append("  ").append(title).append('\n');
    return this;
  }

  /** One aligned line. */
  public TextReport line(String key, String value) {
    text.append(String.format(Locale.ROOT, format, key, value).stripTrailing()).append('\n');
    return this;
  }

  /** One aligned line with a share as percent. */
  public TextReport line(String key, OptionalDouble share) {
    return line(key, share.isPresent() ? percent(share.getAsDouble()) : "unknown");
  }

  /** Aligned lines of which the first has the key. */
  public TextReport lines(String key, List<?> values) {
    for (int i = 0; i < values.size(); i++) {
      line(i == 0 ? key : "", values.get(i).toString());
    }
    return this;
  }

  /** Indented paragraphs. */
  public TextReport paragraphs(List<String> paragraphs) {
    paragraphs.forEach(p -> text.append("    ").append(p.replace("\n", "\n    ")).append('\n'));
    return this;
  }

  /** The number of variables and of their parameters. */
  public static String count(Variables variables) {
    return String.format(
        Locale.ROOT,
        "%d variable%s, %,d parameter%s",
        variables.names().size(),
        variables.names().size() == 1 ? "" : "s",
        variables.dimension(),
        variables.dimension() == 1 ? "" : "s");
  }

  /** Three digits. */
  public static String number(double value) {
    return String.format(Locale.ROOT, "%.3g", value);
  }

  /** A share as percent, or as a power of ten if it is tiny. */
  public static String percent(double share) {
    if (share == 0) {
      return "0 %";
    }
    return Math.abs(share) < SMALLEST_PERCENT
        ? String.format(Locale.ROOT, "%.1e", share)
        : trimmed(100 * share) + " %";
  }

  /** Two digits, without an exponent. */
  private static String trimmed(double value) {
    double size = Math.abs(value);
    return String.format(Locale.ROOT, size >= 10 ? "%.0f" : size >= 1 ? "%.1f" : "%.2f", value);
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
