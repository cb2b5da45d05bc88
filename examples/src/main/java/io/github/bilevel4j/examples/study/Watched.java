package io.github.bilevel4j.examples.study;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableDoubleArray;
import io.github.bilevel4j.monitor.MonitoredRuns;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.DoubleStream;

/**
 * What was measured at the last stage, and an early one, while cells that differ in the seed went
 * on.
 */
final class Watched {
  static final String ACCURACY = "linear";
  static final String RATE = "crr";
  static final String SEEN = "loss_seen";
  static final String HELD_OUT = "loss_heldout";

  private final MonitoredRuns runs;

  private Watched(MonitoredRuns runs) {
    this.runs = runs;
  }

  /** Of the cells that have ended; empty if none has. */
  static Optional<Watched> of(StudyFolder study, List<Cell> cells, String phase) {
    List<Path> folders =
        cells.stream().filter(cell -> study.result(cell).isPresent()).map(study::folder).toList();
    return folders.isEmpty()
        ? Optional.empty()
        : Optional.of(new Watched(MonitoredRuns.read(folders, phase)));
  }

  MonitoredRuns runs() {
    return runs;
  }

  /** The stage that features are taken from. */
  String last() {
    return runs.stages().get(runs.stages().size() - 1);
  }

  String early() {
    return runs.stages().get(0);
  }

  double[] epochs() {
    return runs.epochs().stream().mapToDouble(each -> each).toArray();
  }

  /** The values of each run. */
  Band band(String metric, String stage) {
    ImmutableList.Builder<double[]> all = ImmutableList.builder();
    for (int run = 0; run < runs.count(); run++) {
      all.add(runs.values(run, metric, stage));
    }
    return Band.of(all.build());
  }

  /** The values of each run divided by its largest. */
  Band ofLargest(String metric, String stage) {
    ImmutableList.Builder<double[]> all = ImmutableList.builder();
    for (int run = 0; run < runs.count(); run++) {
      double[] values = runs.values(run, metric, stage);
      double largest = Arrays.stream(values).max().orElseThrow();
      all.add(DoubleStream.of(values).map(value -> value / largest).toArray());
    }
    return Band.of(all.build());
  }

  /** Mean and standard deviation (divisor: one less) of series over runs; zeros of one run. */
  record Band(ImmutableDoubleArray mean, ImmutableDoubleArray deviation) {
    static Band of(List<double[]> runs) {
      int n = runs.get(0).length;
      double[] mean = new double[n];
      double[] deviation = new double[n];
      for (int i = 0; i < n; i++) {
        int at = i;
        mean[i] = runs.stream().mapToDouble(run -> run[at]).average().orElseThrow();
        double center = mean[i];
        double squares =
            runs.stream().mapToDouble(run -> (run[at] - center) * (run[at] - center)).sum();
        deviation[i] = Math.sqrt(squares / Math.max(1, runs.size() - 1));
      }
      return new Band(ImmutableDoubleArray.copyOf(mean), ImmutableDoubleArray.copyOf(deviation));
    }
  }
}
