package io.github.bilevel4j.golden;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.check.UsageError;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** What came of computing a case anew: one line to print, and all that is wrong. */
public final class CaseReport {
  private final GoldenCase golden;
  private final GoldenComputation computation;
  private final List<String> parts = new ArrayList<>();
  private final List<String> failures = new ArrayList<>();
  private final Set<String> uncompared;

  CaseReport(GoldenCase golden, GoldenComputation computation) {
    this.golden = golden;
    this.computation = computation;
    this.uncompared =
        golden.expected().keySet().stream()
            .filter(path -> computation.notCompared().keySet().stream().noneMatch(path::matches))
            .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  /** Adds the comparisons of a run in one precision. */
  void add(Precision precision, ImmutableList<Comparison> comparisons) {
    Map<String, Double> groups = new LinkedHashMap<>();
    for (Comparison comparison : comparisons) {
      double error = comparison.relativeError();
      uncompared.remove(comparison.path());
      groups.merge(comparison.group(), error, Math::max);
      double tolerance = tolerance(comparison, precision);
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

  /** That of the computation and of the file, whichever is less, or else the measure's own. */
  private double tolerance(Comparison comparison, Precision precision) {
    String own = comparison.measure().tolerance();
    if (!own.isEmpty()) {
      return ofFile(own);
    }
    return Math.min(
        computation.tolerances().of(comparison.path(), precision),
        ofFile(precision == Precision.FLOAT64 ? "float64_rel" : "float32_rel"));
  }

  private double ofFile(String key) {
    return golden
        .tolerance(key)
        .orElseThrow(
            () ->
                UsageError.in("golden " + golden.file())
                    .because("the file has no tolerance %s", key)
                    .error());
  }

  private static String listed(Map<String, Double> groups) {
    return groups.entrySet().stream()
        .map(group -> String.format(Locale.ROOT, "%s %.1e", group.getKey(), group.getValue()))
        .collect(Collectors.joining(", "));
  }

  /**
   * All that is wrong: errors above their tolerance, parameters and inputs that were not used,
   * expected values with which nothing was compared.
   */
  public ImmutableList<String> failures() {
    Set<String> unused = new TreeSet<>(golden.unused());
    unused.removeAll(computation.notUsed().keySet());
    ImmutableList.Builder<String> all = ImmutableList.<String>builder().addAll(failures);
    if (!unused.isEmpty()) {
      all.add("not used: " + String.join(", ", unused));
    }
    if (!uncompared.isEmpty()) {
      all.add("not compared: " + String.join(", ", uncompared));
    }
    return all.build();
  }

  /** For instance {@code golden sinkhorn case_1: relative error 3.1e-16 (value 3.1e-16)}. */
  public String line() {
    return "golden " + golden.file() + " " + golden.name() + ": " + String.join("; ", parts);
  }
}
