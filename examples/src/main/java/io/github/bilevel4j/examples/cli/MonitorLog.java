package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.examples.report.Curves;
import io.github.bilevel4j.experiment.Experiment;
import io.github.bilevel4j.experiment.Run;
import io.github.bilevel4j.file.KeptLines;
import io.github.bilevel4j.monitor.Monitor;
import io.github.bilevel4j.monitor.MonitorRow;
import io.github.bilevel4j.monitor.StopOn;
import io.github.bilevel4j.monitor.StopRule;
import io.github.bilevel4j.run.EventFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What a monitor measures in a run, in its files and curves, and whether that ends a training. */
final class MonitorLog {
  private final Monitor monitor;
  private final Experiment experiment;
  private final Run run;
  private final Curves curves;
  private final Optional<EventFile> events;
  private final Optional<StopOn> stop;
  private final KeptLines lines;
  private final List<MonitorRow> rows = new ArrayList<>();
  private StopRule rule = new StopRule();

  /**
   * Begins a log, or goes on with it.
   *
   * @param isResumed whether the run's file has rows before the checkpoint
   */
  MonitorLog(
      Monitor monitor,
      Experiment experiment,
      Run run,
      Curves curves,
      Optional<EventFile> events,
      Optional<StopOn> stop,
      boolean isResumed) {
    this.monitor = monitor;
    this.experiment = experiment;
    this.run = run;
    this.curves = curves;
    this.events = events;
    this.stop = stop;
    this.lines = run.lines(MonitorRow.FILE, MonitorRow.header());
    if (isResumed) {
      rows.addAll(MonitorRow.read(run.folder().path()));
      rows.forEach(this::draw);
      stop.ifPresent(on -> rule = on.after(deciding()));
    }
  }

  /** Measures before an epoch that it is due at. */
  void before(String phase, int epoch) {
    if (epoch % monitor.settings().every() == 0) {
      measure(phase, epoch * experiment.stepsPerEpoch());
    }
  }

  /** Measures after so many steps, unless that was done. */
  void measure(String phase, int step) {
    if (rows.stream().anyMatch(row -> row.phase().equals(phase) && row.step() == step)) {
      return;
    }
    List<MonitorRow> measured = monitor.measured(phase, step / experiment.stepsPerEpoch(), step);
    lines.add(measured.stream().map(MonitorRow::line).collect(Collectors.joining()));
    rows.addAll(measured);
    measured.forEach(this::draw);
    events.ifPresent(
        file ->
            measured.forEach(
                row ->
                    file.scalars(
                        phase + "/monitor/",
                        step,
                        named(row, (metric, stage) -> metric + "/" + stage))));
    stop.ifPresent(on -> decide(on, measured.get(measured.size() - 1)));
  }

  /** How a measurement is called. */
  private interface Naming {
    String of(String metric, String stage);
  }

  private static Map<String, Double> named(MonitorRow row, Naming name) {
    return row.values().entrySet().stream()
        .collect(
            ImmutableMap.toImmutableMap(
                each -> name.of(each.getKey(), row.layer()), Map.Entry::getValue));
  }

  private void draw(MonitorRow row) {
    curves
        .phase(row.phase() + " monitor")
        .measured(
            row.step(), ImmutableMap.copyOf(named(row, (metric, stage) -> metric + ", " + stage)));
  }

  private void decide(StopOn on, MonitorRow row) {
    if (rule.add(on.value(row))) {
      run.saveWeights(best(on));
    }
  }

  /** The file of the weights that were the best so far. */
  static String best(StopOn on) {
    return "best-" + on + ".safetensors";
  }

  private List<MonitorRow> deciding() {
    return rows.stream().filter(row -> row.layer().equals(monitor.settings().last())).toList();
  }

  /** Whether what decides has turned. */
  boolean isStopped() {
    return rule.hasTurned();
  }

  /** The epoch where what decides was best; empty while it is too early to tell. */
  Optional<Integer> bestEpoch() {
    return rule.best() < 0 ? Optional.empty() : Optional.of(deciding().get(rule.best()).epoch());
  }
}
