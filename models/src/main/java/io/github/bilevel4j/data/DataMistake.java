package io.github.bilevel4j.data;

import com.google.errorprone.annotations.CheckReturnValue;
import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * A mistake in a data set, told in the form of the library's errors: the operation and what is
 * wrong, the files or values concerned as an aligned table, one line of advice.
 *
 * <pre>
 * read images: two images differ in size.
 *   train/cat/1.png  32 x 32
 *   train/cat/2.png  40 x 32
 * Maybe resize all images to one size first.
 * </pre>
 */
@CheckReturnValue
final class DataMistake {
  private final String operation;
  private final Map<String, String> rows = new LinkedHashMap<>();
  private String reason = "";

  private DataMistake(String operation) {
    this.operation = operation;
  }

  static DataMistake in(String operation) {
    return new DataMistake(operation);
  }

  @FormatMethod
  DataMistake because(@FormatString String format, Object... arguments) {
    reason = String.format(Locale.ROOT, format, arguments);
    return this;
  }

  DataMistake value(String name, Object value) {
    rows.put(name, String.valueOf(value));
    return this;
  }

  @FormatMethod
  IllegalArgumentException maybe(@FormatString String format, Object... arguments) {
    int width = rows.keySet().stream().mapToInt(String::length).max().orElse(0);
    StringBuilder message = new StringBuilder(operation + ": " + reason + ".\n");
    rows.forEach(
        (name, value) ->
            message
                .append("  ")
                .append(name)
                .append(" ".repeat(width - name.length() + 2))
                .append(value)
                .append('\n'));
    return new IllegalArgumentException(
        message + "Maybe " + String.format(Locale.ROOT, format, arguments));
  }
}
