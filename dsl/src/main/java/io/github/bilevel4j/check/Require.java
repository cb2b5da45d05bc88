package io.github.bilevel4j.check;

import com.google.errorprone.annotations.CanIgnoreReturnValue;

/**
 * The ranges that settings must lie in. NaN lies in none of them.
 *
 * <pre>{@code
 * Require.in("Adam").positive("rate", rate).fraction("beta1", beta1);
 * }</pre>
 */
public final class Require {
  private final String operation;

  private Require(String operation) {
    this.operation = operation;
  }

  /** For the settings of an operation, named as the user called it. */
  public static Require in(String operation) {
    return new Require(operation);
  }

  /**
   * {@code 0 < value < infinity}.
   *
   * @throws UsageError if the value is outside
   */
  @CanIgnoreReturnValue
  public Require positive(String setting, double value) {
    return that(value > 0 && value < Double.POSITIVE_INFINITY, setting, "positive", value);
  }

  /**
   * {@code 0 <= value < infinity}.
   *
   * @throws UsageError if the value is outside
   */
  @CanIgnoreReturnValue
  public Require notNegative(String setting, double value) {
    return that(value >= 0 && value < Double.POSITIVE_INFINITY, setting, "zero or more", value);
  }

  /**
   * {@code 0 <= value < 1}.
   *
   * @throws UsageError if the value is outside
   */
  @CanIgnoreReturnValue
  public Require fraction(String setting, double value) {
    return that(value >= 0 && value < 1, setting, "in [0, 1)", value);
  }

  /**
   * {@code 0 <= value <= 1}.
   *
   * @throws UsageError if the value is outside
   */
  @CanIgnoreReturnValue
  public Require probability(String setting, double value) {
    return that(value >= 0 && value <= 1, setting, "in [0, 1]", value);
  }

  /**
   * {@code value >= least}.
   *
   * @throws UsageError if the value is smaller
   */
  @CanIgnoreReturnValue
  public Require atLeast(long least, String setting, long value) {
    return that(value >= least, setting, least + " or more", value);
  }

  /**
   * {@code 0 < low <= high < infinity}.
   *
   * @throws UsageError if the numbers are not
   */
  @CanIgnoreReturnValue
  public Require interval(String setting, double low, double high) {
    if (!(low > 0 && low <= high && high < Double.POSITIVE_INFINITY)) {
      throw UsageError.in(operation)
          .because("the %s must be positive numbers, the lower one first", setting)
          .value("low", low)
          .value("high", high)
          .error();
    }
    return this;
  }

  private Require that(boolean holds, String setting, String range, Number value) {
    if (!holds) {
      throw UsageError.in(operation)
          .because("the %s must be %s, got %s", setting, range, value)
          .error();
    }
    return this;
  }
}
