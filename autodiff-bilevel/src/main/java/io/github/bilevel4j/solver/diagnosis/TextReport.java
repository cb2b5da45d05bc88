package io.github.bilevel4j.solver.diagnosis;

import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** A page of text: a title, then titled groups of aligned lines or of paragraphs. */
final class TextReport {
  private static final double SMALLEST_PERCENT = 1e-4;

  private final StringBuilder text = new StringBuilder();

  TextReport(String title) {
    text.append(title).append('\n');
  }

  TextReport title(String title) {
    text.append("  ").append(title).append('\n');
    return this;
  }

  TextReport line(String key, String value) {
    text.append(String.format(Locale.ROOT, "    %-24s %s", key, value).stripTrailing())
        .append('\n');
    return this;
  }

  TextReport line(String key, OptionalDouble share) {
    return line(key, share.isPresent() ? percent(share.getAsDouble()) : "unknown");
  }

  TextReport lines(String key, List<String> values) {
    for (int i = 0; i < values.size(); i++) {
      line(i == 0 ? key : "", values.get(i));
    }
    return this;
  }

  TextReport paragraphs(List<String> paragraphs) {
    paragraphs.forEach(p -> text.append("    ").append(p.replace("\n", "\n    ")).append('\n'));
    return this;
  }

  /** Three digits. */
  static String number(double value) {
    return String.format(Locale.ROOT, "%.3g", value);
  }

  /** A share as percent, or as a power of ten if it is tiny. */
  static String percent(double share) {
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
