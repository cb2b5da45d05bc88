package io.github.bilevel4j.golden;

import java.util.OptionalDouble;

/**
 * How a computed array is compared: on which scale, and with which tolerance of the file.
 *
 * @param scale what the largest difference is divided by; the largest expected element if empty
 * @param byRow whether each row is compared on a scale of its own
 * @param tolerance the file's key of the tolerance; that of the precision if empty
 */
public record Measure(OptionalDouble scale, boolean byRow, String tolerance) {

  /** The largest difference divided by the largest expected element. */
  public static Measure whole() {
    return new Measure(OptionalDouble.empty(), false, "");
  }

  /** Each row, that is each index of the first axis, on a scale of its own. */
  public static Measure rowByRow() {
    return new Measure(OptionalDouble.empty(), true, "");
  }

  /** The largest difference divided by a number. */
  public static Measure onScale(double scale) {
    return new Measure(OptionalDouble.of(scale), false, "");
  }

  /** With a tolerance of the file's other than that of the precision. */
  public Measure within(String key) {
    return new Measure(scale, byRow, key);
  }
}
