package io.github.bilevel4j.examples.cli;

import com.google.common.base.Stopwatch;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.check.ResidentSet;
import io.github.bilevel4j.examples.report.Curves;
import io.github.bilevel4j.examples.report.HtmlReport;
import io.github.bilevel4j.examples.report.ViewSheet;
import io.github.bilevel4j.experiment.RunFolder;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** The page of any run, which also tells what it took. */
final class RunReport {
  /** The file's name. */
  static final String FILE = "report.html";

  private static final double MEGABYTE = 0x1p20;

  private final Stopwatch watch = Stopwatch.createStarted();

  /** The page of a run as it is. */
  String page(RunFolder folder, Map<String, ?> results, Curves curves, Optional<ViewSheet> views) {
    Map<String, Object> all = new LinkedHashMap<>(results);
    all.put("time and memory", taken());
    return HtmlReport.of(folder.config(), all, curves, views);
  }

  private ImmutableMap<String, Double> taken() {
    ImmutableMap.Builder<String, Double> taken = ImmutableMap.builder();
    taken.put("seconds since it was begun or resumed", watch.elapsed().toMillis() / 1000.0);
    taken.put("Java's heap at most, MB", peakOfHeap() / MEGABYTE);
    ResidentSet.peak().ifPresent(peak -> taken.put("the process at most, MB", peak / MEGABYTE));
    return taken.buildOrThrow();
  }

  private static long peakOfHeap() {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
        .filter(pool -> pool.getType() == MemoryType.HEAP)
        .map(pool -> pool.getPeakUsage())
        .filter(Objects::nonNull)
        .mapToLong(MemoryUsage::getUsed)
        .sum();
  }
}
