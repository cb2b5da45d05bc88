package io.github.bilevel4j.experiment;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.file.FailedWrites;
import io.github.bilevel4j.file.WriteException;
import io.github.bilevel4j.run.Interruption;
import io.github.bilevel4j.run.MetricsFile;
import io.github.bilevel4j.run.MetricsListener;
import io.github.bilevel4j.run.Training;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A run under way: its folder with {@code config.json}, {@code metrics.csv}, {@code summary.json}
 * and weights, and the question whether it was interrupted. A file that cannot be written is told
 * once and does not end the run; {@link #failures} has it in the end.
 */
public final class Run implements AutoCloseable {
  private final RunFolder folder;
  private final Experiment experiment;
  private final Interruption interruption;
  private final Consumer<String> told;
  private final FailedWrites failures;
  private final MetricsFile metrics;
  private final Map<String, Object> summary = new LinkedHashMap<>();

  private Run(RunFolder folder, Experiment experiment, Consumer<String> told) {
    this.folder = folder;
    this.experiment = experiment;
    this.told = told;
    this.failures = new FailedWrites(told);
    this.metrics = folder.metrics(failures);
    this.interruption = Interruption.listen();
  }

  /**
   * Begins a run in a folder, and writes its configuration there.
   *
   * @param told hears of each file that cannot be written, in one line
   * @throws WriteException if nothing can be written there from the beginning
   */
  public static Run begin(
      RunFolder folder, Map<String, ?> config, Experiment experiment, Consumer<String> told) {
    folder.writeJson(RunFolder.CONFIG, config);
    return new Run(folder, experiment, told);
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

  /** Writes a file of the folder, which is made again if it was deleted. */
  public void write(String name, Consumer<Path> write) {
    failures.attempt(
        folder.file(name),
        () -> {
          folder.ensureThere();
          write.accept(folder.file(name));
        });
  }

  /**
   * Writes encoder, method and step count to a file of the folder; if that fails, to a new folder
   * for temporary files.
   */
  public void saveWeights(String name) {
    write(name, experiment::save);
    if (failures.has(folder.file(name))) {
      experiment.rescue(name, told);
    }
  }

  /** Writes the summary and what is left of the metrics. */
  public void finish() {
    note("interrupted", isInterrupted());
    write("summary.json", file -> folder.writeJson("summary.json", ImmutableMap.copyOf(summary)));
    failures.attempt(folder.file(RunFolder.METRICS), metrics::sync);
  }

  /** What is not written, or not whole: a line for each file, with the reason. */
  public ImmutableList<String> failures() {
    return failures.messages();
  }

  @Override
  public void close() {
    try (interruption;
        folder) {
      failures.attempt(folder.file(RunFolder.METRICS), metrics::close);
    }
  }
}
