package io.github.bilevel4j.golden;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.backend.Precision;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** What came of computing a case anew: one line to print, and the errors above their tolerance. */
final class CaseReport {
  /** Notes on how the file was made: checks of the checks and text in numbers. */
  private static final String NOTES =
      "(.*/)?(verification/.*|rel_err_.*|float32_rel_err_observed/.*|stationarity_residual"
          + "|hypergradient_norm_at_opt)";

  private final GoldenCase golden;
  private final List<String> parts = new ArrayList<>();
  private final List<String> failures = new ArrayList<>();
  private final Set<String> uncompared;

  CaseReport(GoldenCase golden) {
    this.golden = golden;
    this.uncompared =
        golden.expected().keySet().stream()
            .filter(path -> !path.matches(NOTES))
            .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  /** Adds the comparisons of a run in one precision. */
  void add(Precision precision, ImmutableList<Comparison> comparisons) {
    Map<String, Double> groups = new LinkedHashMap<>();
    String key = precision == Precision.FLOAT64 ? "float64_rel" : "float32_rel";
    for (Comparison comparison : comparisons) {
      double error = comparison.relativeError();
      uncompared.remove(comparison.path());
      groups.merge(comparison.group(), error, Math::max);
      String own = comparison.measure().tolerance();
      double tolerance = golden.tolerance(own.isEmpty() ? key : own).orElseThrow();
      if (!(error <= tolerance)) {
        failures.add(
            String.format(
                Locale.ROOT,
                "%s %s: relative error %.3g > %.3g, expected %s, computed %s",
                precision,
                comparison.path(),
                error,
                tolerance,
                comparison.expected(),
                comparison.actual()));
      }
    }
    double worst = groups.values().stream().reduce(0.0, Math::max);
    parts.add(
        precision == Precision.FLOAT64
            ? String.format(Locale.ROOT, "relative error %.1e (%s)", worst, listed(groups))
            : String.format(Locale.ROOT, "float32 %.1e", worst));
    if (comparisons.isEmpty()) {
      failures.add(precision + ": nothing was compared");
    }
  }

  private static String listed(Map<String, Double> groups) {
    return groups.entrySet().stream()
        .map(group -> String.format(Locale.ROOT, "%s %.1e", group.getKey(), group.getValue()))
        .collect(Collectors.joining(", "));
  }

  /** The errors above their tolerance. */
  List<String> failures() {
    return failures;
  }

  /** For instance {@code golden sinkhorn case_1: relative error 3.1e-16 (value 3.1e-16)}. */
  String line() {
    return "golden "
        + golden.file()
        + " "
        + golden.name()
        + ": "
        + String.join("; ", parts)
        + (uncompared.isEmpty() ? "" : "; not compared: " + String.join(", ", uncompared));
  }
}
