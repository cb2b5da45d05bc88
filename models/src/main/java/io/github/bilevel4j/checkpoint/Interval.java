package io.github.bilevel4j.checkpoint;

import io.github.bilevel4j.check.UsageError;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How often something is done in a training.
 *
 * @param count a number of units, 1 or more
 */
public record Interval(long count, Unit unit) {
  private static final Pattern TEXT = Pattern.compile("(\\d{1,9}) ?([a-z]+)");

  /** What is counted. */
  public enum Unit {
    /** Steps, {@code 50steps}. */
    STEPS("steps"),
    /** Passes through the data, {@code 5e}. */
    EPOCHS("e"),
    /** Time on the clock, {@code 10m}. */
    MINUTES("m");

    private final String text;

    Unit(String text) {
      this.text = text;
    }
  }

  /**
   * From a text such as {@code 10m}, {@code 5e} or {@code 50steps}.
   *
   * @throws UsageError if it is another one
   */
  public static Interval parse(String text) {
    Matcher parts = TEXT.matcher(text);
    if (parts.matches() && Long.parseLong(parts.group(1)) > 0) {
      for (Unit unit : Unit.values()) {
        if (unit.text.equals(parts.group(2))) {
          return new Interval(Long.parseLong(parts.group(1)), unit);
        }
      }
    }
    throw UsageError.in("interval")
        .because("\"%s\" is none", text)
        .maybe("10m (minutes), 5e (epochs) or 50steps was meant.");
  }

  /** As it is parsed. */
  @Override
  public String toString() {
    return count + unit.text;
  }
}
