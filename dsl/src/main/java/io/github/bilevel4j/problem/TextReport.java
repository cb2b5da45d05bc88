package io.github.bilevel4j.problem;

import io.github.bilevel4j.expr.Variables;
import java.util.List;
import java.util.Locale;

/** A title and aligned lines of key and value. */
final class TextReport {
  private final StringBuilder text = new StringBuilder();

  TextReport(String title) {
    text.append(title).append('\n');
  }

  TextReport line(String key, String value) {
    text.append(String.format(Locale.ROOT, "  %-14s %s\n", key, value));
    return this;
  }

  TextReport lines(String key, List<?> values) {
    for (int i = 0; i < values.size(); i++) {
      line(i == 0 ? key : "", values.get(i).toString());
    }
    return this;
  }

  static String count(Variables variables) {
    return String.format(
        Locale.ROOT,
        "%d variable%s, %,d parameter%s",
        variables.names().size(),
        variables.names().size() == 1 ? "" : "s",
        variables.dimension(),
        variables.dimension() == 1 ? "" : "s");
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
