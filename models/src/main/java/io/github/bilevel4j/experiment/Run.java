package io.github.bilevel4j.experiment;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.run.Interruption;
import io.github.bilevel4j.run.MetricsFile;
import io.github.bilevel4j.run.MetricsListener;
import io.github.bilevel4j.run.Training;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A run under way: its folder with {@code config.json}, {@code metrics.csv}, {@code summary.json}
 * and weights, and the question whether it was interrupted.
 */
public final class Run implements AutoCloseable {
  private final RunFolder folder;
  private final Experiment experiment;
  private final Interruption interruption = Interruption.listen();
  private final MetricsFile metrics;
  private final Map<String, Object> summary = new LinkedHashMap<>();

  private Run(RunFolder folder, Experiment experiment) {
    this.folder = folder;
    this.experiment = experiment;
    this.metrics = folder.metrics();
  }

  /** Begins a run in a folder, and writes its configuration there. */
  public static Run begin(RunFolder folder, Map<String, ?> config, Experiment experiment) {
    folder.writeJson("config.json", config);
    return new Run(folder, experiment);
  }

  /** A training loop that records all measurements and stops at an interruption. */
  public Training training(String phase, MetricsListener... more) {
    MetricsListener all = Stream.of(more).reduce(metrics.phase(phase), MetricsListener::and);
    return Training.named(phase).interrupted(interruption).listener(all);
  }

  /** The folder. */
  public RunFolder folder() {
    return folder;
  }

  /** Whether the program was asked to end. */
  public boolean isInterrupted() {
    return interruption.getAsBoolean();
  }

  /** Notes a result for {@code summary.json}. */
  public void note(String name, Object value) {
    summary.put(name, value);
  }

  /** Writes encoder, method and step count to a file of the folder. */
  public void saveWeights(String name) {
    experiment.save(folder.file(name));
  }

  /** Writes the summary. */
  public void finish() {
    note("interrupted", isInterrupted());
    folder.writeJson("summary.json", ImmutableMap.copyOf(summary));
  }

  @Override
  public void close() {
    metrics.close();
    interruption.close();
  }
}
