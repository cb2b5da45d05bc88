package io.github.bilevel4j.check;

import com.google.errorprone.annotations.CheckReturnValue;
import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A mistake in the use of the library, told in one form: the operation and what is wrong, the
 * operands or values concerned as an aligned table, and one line of advice where there is some.
 *
 * <pre>
 * matmul: inner dimensions differ, 128 and 256.
 *   left   z1          [256, 128]
 *   right  prototypes  [256, 3000]
 * Maybe prototypes should be [128, 3000].
 * </pre>
 *
 * Programs may show its message without a stack trace; every other exception is a defect.
 */
public final class UsageError extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  private UsageError(String message) {
    super(message);
  }

  /** Starts the message of an error in an operation, named as the user called it. */
  public static Message in(String operation) {
    return new Message(operation);
  }

  /** A message under construction; it ends with {@link #maybe} or {@link #error}. */
  @CheckReturnValue
  public static final class Message {
    private final String operation;
    private final List<List<String>> rows = new ArrayList<>();
    private String reason = "";

    private Message(String operation) {
      this.operation = operation;
    }

    /** What is wrong, without the final full stop. */
    @FormatMethod
    public Message because(@FormatString String format, Object... arguments) {
      reason = String.format(Locale.ROOT, format, arguments);
      return this;
    }

    /** One line of the table: a role or name, then its values. */
    public Message row(String... cells) {
      rows.add(List.of(cells));
      return this;
    }

    /** One line of the table: a setting and its value. */
    public Message value(String name, Object value) {
      return row(name, String.valueOf(value));
    }

    /** The error with advice: a sentence that continues "Maybe". */
    @FormatMethod
    public UsageError maybe(@FormatString String advice, Object... arguments) {
      return new UsageError(
          operation
              + ": "
              + reason
              + ".\n"
              + table()
              + "Maybe "
              + String.format(Locale.ROOT, advice, arguments));
    }

    /** The error without advice. */
    public UsageError error() {
      return new UsageError((operation + ": " + reason + ".\n" + table()).stripTrailing());
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
}
