package io.github.bilevel4j.shape;

import com.google.errorprone.annotations.CheckReturnValue;
import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A user's mistake, told in the one form that every error of the library has: the operation and
 * what is wrong, the operands or values concerned as an aligned table, one line of advice.
 *
 * <pre>
 * matmul: inner dimensions differ, 128 and 256.
 *   left   z1          [256, 128]
 *   right  prototypes  [256, 3000]
 * Maybe prototypes should be [128, 3000].
 * </pre>
 */
@CheckReturnValue
public final class Mistake {
  private final String operation;
  private final List<List<String>> rows = new ArrayList<>();
  private String reason = "";

  private Mistake(String operation) {
    this.operation = operation;
  }

  /** Starts the account of a mistake in an operation, named as the user called it. */
  public static Mistake in(String operation) {
    return new Mistake(operation);
  }

  /** What is wrong, without the final full stop. */
  @FormatMethod
  public Mistake because(@FormatString String format, Object... arguments) {
    reason = String.format(Locale.ROOT, format, arguments);
    return this;
  }

  /** One line of the table: a role or name, then its values. */
  public Mistake row(String... cells) {
    rows.add(List.of(cells));
    return this;
  }

  /** One line of the table: a setting and its value. */
  public Mistake value(String name, Object value) {
    return row(name, String.valueOf(value));
  }

  /** The exception, with its advice: a sentence that continues "Maybe". */
  @FormatMethod
  public IllegalArgumentException maybe(@FormatString String advice, Object... arguments) {
    return new IllegalArgumentException(
        operation
            + ": "
            + reason
            + ".\n"
            + table()
            + "Maybe "
            + String.format(Locale.ROOT, advice, arguments));
  }

  private String table() {
    List<Integer> widths = new ArrayList<>();
    for (List<String> row : rows) {
      for (int i = 0; i < row.size(); i++) {
        if (i == widths.size()) {
          widths.add(0);
        }
        widths.set(i, Math.max(widths.get(i), row.get(i).length()));
      }
    }
    StringBuilder table = new StringBuilder();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < row.size(); i++) {
        line.append("  ")
            .append(row.get(i))
            .append(" ".repeat(widths.get(i) - row.get(i).length()));
      }
      table.append(line.toString().stripTrailing()).append('\n');
    }
    return table.toString();
  }
}
