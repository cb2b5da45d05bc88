package io.github.bilevel4j.backend;

import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The most memory that a program may take on a device: on a processor what the whole process holds,
 * Java and libraries included, on a GPU the arrays.
 */
public record MemoryBudget(long bytes) {
  private static final Pattern FORM = Pattern.compile("(\\d{1,9}(?:\\.\\d{1,9})?)([kmgt]?)i?b?");
  private static final String UNITS = "kmgt";

  /** Refuses what is not positive. */
  public MemoryBudget {
    Require.in("memory budget").atLeast(1, "number of bytes", bytes);
  }

  /**
   * A budget as it is written: a number and its unit of 2^10, 2^20, 2^30 or 2^40 bytes, for
   * instance {@code 900m}, {@code 8g} or {@code 1.5g}; without a unit, bytes.
   *
   * @throws UsageError if it is written otherwise
   */
  public static MemoryBudget of(String size) {
    Matcher form = FORM.matcher(size.toLowerCase(Locale.ROOT));
    if (!form.matches()) {
      throw UsageError.in("memory budget")
          .because("\"%s\" is no size", size)
          .maybe("a number and a unit was meant, for instance 8g or 900m.");
    }
    int unit = form.group(2).isEmpty() ? 0 : UNITS.indexOf(form.group(2)) + 1;
    return new MemoryBudget((long) (Double.parseDouble(form.group(1)) * Math.pow(2, 10.0 * unit)));
  }
}
