package io.github.bilevel4j.monitor;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.github.bilevel4j.check.UsageError;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What was measured in one training of runs that differ in the seed, at the same epochs. */
public final class MonitoredRuns {
  private final ImmutableList<ImmutableList<MonitorRow>> runs;
  private final ImmutableList<String> stages;
  private final ImmutableList<Integer> epochs;

  private MonitoredRuns(
      ImmutableList<ImmutableList<MonitorRow>> runs,
      ImmutableList<String> stages,
      ImmutableList<Integer> epochs) {
    this.runs = runs;
    this.stages = stages;
    this.epochs = epochs;
  }

  /**
   * Reads the files of runs. Epochs that were not measured in all of them are left out.
   *
   * @param phase the training
   * @throws UsageError if a file is missing or not as it was written, has nothing of the phase, or
   *     the runs measured different stages or coding rates of different forms
   */
  public static MonitoredRuns read(List<Path> folders, String phase) {
    ImmutableList.Builder<ImmutableList<MonitorRow>> all = ImmutableList.builder();
    for (Path folder : folders) {
      ImmutableList<MonitorRow> rows = MonitorRow.read(folder);
      ImmutableList<MonitorRow> of =
          rows.stream()
              .filter(row -> row.phase().equals(phase))
              .collect(ImmutableList.toImmutableList());
      if (of.isEmpty()) {
        throw UsageError.in("monitor")
            .because("%s has nothing of a training %s", folder, phase)
            .value("trainings", rows.stream().map(MonitorRow::phase).distinct().toList().toString())
            .maybe("--phase should be one of these.");
      }
      all.add(of);
    }
    return of(all.build());
  }

  static MonitoredRuns of(ImmutableList<ImmutableList<MonitorRow>> runs) {
    ImmutableSet<String> stages = stages(runs.get(0));
    for (List<MonitorRow> run : runs) {
      if (!stages(run).equals(stages)) {
        throw UsageError.in("monitor")
            .because("the runs measured different stages, %s and %s", stages, stages(run))
            .maybe("runs that differ in the seed alone were meant.");
      }
      if (!forms(run).equals(forms(runs.get(0)))) {
        throw UsageError.in("monitor")
            .because(
                "the runs measured coding rates of different forms, %s and %s",
                String.join(", ", forms(runs.get(0))), String.join(", ", forms(run)))
            .maybe("runs with the same --monitor-form were meant.");
      }
    }
    ImmutableList<Integer> epochs =
        epochs(runs.get(0)).stream()
            .filter(epoch -> runs.stream().allMatch(run -> epochs(run).contains(epoch)))
            .collect(ImmutableList.toImmutableList());
    return new MonitoredRuns(
        runs.stream()
            .map(
                run ->
                    run.stream()
                        .filter(row -> epochs.contains(row.epoch()))
                        .collect(ImmutableList.toImmutableList()))
            .collect(ImmutableList.toImmutableList()),
        stages.asList(),
        epochs);
  }

  private static ImmutableSet<String> stages(List<MonitorRow> run) {
    return run.stream().map(MonitorRow::layer).collect(ImmutableSet.toImmutableSet());
  }

  private static ImmutableSet<String> forms(List<MonitorRow> run) {
    return run.stream().map(MonitorRow::form).collect(ImmutableSet.toImmutableSet());
  }

  private static ImmutableSet<Integer> epochs(List<MonitorRow> run) {
    return run.stream().map(MonitorRow::epoch).collect(ImmutableSet.toImmutableSet());
  }

  /** The number of runs. */
  public int count() {
    return runs.size();
  }

  /** The stages; the last one decides about a stop. */
  public ImmutableList<String> stages() {
    return stages;
  }

  /** The epochs that were measured in all runs. */
  public ImmutableList<Integer> epochs() {
    return epochs;
  }

  /** The rows of a stage in a run, by epoch. */
  public ImmutableList<MonitorRow> rows(int run, String stage) {
    return runs.get(run).stream()
        .filter(row -> row.layer().equals(stage))
        .collect(ImmutableList.toImmutableList());
  }

  private Stream<MonitorRow> rows() {
    return runs.stream().flatMap(List::stream);
  }

  /** Whether there is a value at every epoch, at all stages. */
  public boolean has(String metric) {
    return stages.stream().allMatch(stage -> has(metric, stage));
  }

  /** Whether there is a value at every epoch. */
  public boolean has(String metric, String stage) {
    return rows()
        .filter(row -> row.layer().equals(stage))
        .allMatch(row -> Double.isFinite(row.value(metric)));
  }

  /** The values in a run, by epoch. */
  public double[] values(int run, String metric, String stage) {
    return rows(run, stage).stream().mapToDouble(row -> row.value(metric)).toArray();
  }

  /** The means over the runs, by epoch. */
  public double[] mean(String metric, String stage) {
    double[] mean = new double[epochs.size()];
    for (int run = 0; run < runs.size(); run++) {
      double[] values = values(run, metric, stage);
      for (int i = 0; i < mean.length; i++) {
        mean[i] += values[i] / runs.size();
      }
    }
    return mean;
  }

  /** The standard deviations over the runs (divisor: one less), by epoch; zeros for one run. */
  public double[] deviation(String metric, String stage) {
    double[] mean = mean(metric, stage);
    double[] squares = new double[mean.length];
    for (int run = 0; run < runs.size(); run++) {
      double[] values = values(run, metric, stage);
      for (int i = 0; i < mean.length; i++) {
        squares[i] += (values[i] - mean[i]) * (values[i] - mean[i]);
      }
    }
    return IntStream.range(0, mean.length)
        .mapToDouble(i -> Math.sqrt(squares[i] / Math.max(1, runs.size() - 1)))
        .toArray();
  }

  /** The mean time of an evaluation; NaN if there was none. */
  public double seconds(String cost, String stage) {
    return rows()
        .filter(row -> row.layer().equals(stage) && row.seconds().containsKey(cost))
        .mapToDouble(row -> row.seconds().get(cost))
        .average()
        .orElse(Double.NaN);
  }
}
