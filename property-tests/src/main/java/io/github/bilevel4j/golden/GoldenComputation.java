package io.github.bilevel4j.golden;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.evaluation.Evaluation;

/** How the values of one kind of golden case are computed, and how exactly they are reproduced. */
@FunctionalInterface
public interface GoldenComputation {

  /** Puts the values of a case, computed on an engine. */
  void compute(GoldenCase golden, Engine engine, Computed computed);

  /** Whether a case can be computed in float32 at all. */
  default boolean suitsFloat32(GoldenCase golden) {
    return true;
  }

  /** The largest relative errors. */
  default Tolerances tolerances() {
    return Tolerances.standard();
  }

  /** Parameters and inputs of a case that the computation does not use, and why it need not. */
  default ImmutableMap<String, String> notUsed() {
    return ImmutableMap.of();
  }

  /**
   * Expected values with which nothing is compared, as regular expressions of their paths, and why.
   */
  default ImmutableMap<String, String> notCompared() {
    return ImmutableMap.of();
  }

  /**
   * The comparison of a case with what is computed: in float64 and, where the file has a tolerance
   * for it, in float32.
   *
   * @throws io.github.bilevel4j.check.UsageError if a parameter, an input or a tolerance is missing
   */
  default CaseReport report(GoldenCase golden) {
    CaseReport report = new CaseReport(golden, this);
    add(this, golden, Precision.FLOAT64, report);
    if (golden.hasFloat32Tolerance() && suitsFloat32(golden)) {
      add(this, golden, Precision.FLOAT32, report);
    }
    return report;
  }

  /**
   * Asserts that all values of a case are reproduced.
   *
   * @throws AssertionError with each value that is not
   */
  default void assertReproduced(GoldenCase golden) {
    CaseReport report = report(golden);
    if (!report.failures().isEmpty()) {
      throw new AssertionError(report.line() + "\n" + String.join("\n", report.failures()));
    }
  }

  private static void add(
      GoldenComputation computation, GoldenCase golden, Precision precision, CaseReport report) {
    try (Engine engine = Evaluation.open(precision)) {
      Computed computed = new Computed(golden, engine);
      computation.compute(golden, engine, computed);
      report.add(precision, computed.comparisons());
    }
  }
}
