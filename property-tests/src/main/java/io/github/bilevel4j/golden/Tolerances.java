package io.github.bilevel4j.golden;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.check.Require;
import java.util.Map;

/**
 * The largest relative errors with which golden values count as reproduced.
 *
 * @param float64 in float64, unless an exception says otherwise
 * @param float32 in float32, unless an exception says otherwise
 * @param exceptions in float64, by a regular expression of the path; the first that matches counts
 */
public record Tolerances(double float64, double float32, ImmutableMap<String, Double> exceptions) {

  /**
   * Checks the ranges.
   *
   * @throws io.github.bilevel4j.check.UsageError if a tolerance is not positive
   */
  public Tolerances {
    Require.in("tolerances").positive("float64", float64).positive("float32", float32);
    exceptions.forEach((path, each) -> Require.in("tolerances").positive(path, each));
  }

  /** Rounding: 1e-13 in float64, 1e-6 in float32. */
  public static Tolerances standard() {
    return new Tolerances(1e-13, 1e-6, ImmutableMap.of());
  }

  /** With another tolerance in float64 for values whose paths match a regular expression. */
  public Tolerances except(String path, double tolerance) {
    return new Tolerances(
        float64,
        float32,
        ImmutableMap.<String, Double>builder()
            .putAll(exceptions)
            .put(path, tolerance)
            .buildOrThrow());
  }

  /** With another tolerance for all values in float32. */
  public Tolerances inFloat32(double tolerance) {
    return new Tolerances(float64, tolerance, exceptions);
  }

  double of(String path, Precision precision) {
    if (precision == Precision.FLOAT32) {
      return float32;
    }
    return exceptions.entrySet().stream()
        .filter(exception -> path.matches(exception.getKey()))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElse(float64);
  }
}
