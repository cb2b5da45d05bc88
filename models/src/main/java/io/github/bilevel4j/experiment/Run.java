package io.github.bilevel4j.experiment;

import com.google.common.base.Stopwatch;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.checkpoint.Checkpoint;
import io.github.bilevel4j.checkpoint.Checkpointing;
import io.github.bilevel4j.checkpoint.Checkpoints;
import io.github.bilevel4j.experiment.RunState.Ended;
import io.github.bilevel4j.file.FailedWrites;
import io.github.bilevel4j.file.WriteException;
import io.github.bilevel4j.run.Interruption;
import io.github.bilevel4j.run.MetricsFile;
import io.github.bilevel4j.run.Training;
import io.github.bilevel4j.run.TrainingHook;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A run under way: its folder with {@code config.json}, {@code metrics.csv}, {@code summary.json}
 * and weights, and the question whether it was interrupted. A file that cannot be written is told
 * once and does not end the run; {@link #failures} has it in the end.
 */
public final class Run implements AutoCloseable {
  private static final String CHECKPOINTS = "checkpoints";

  private final RunFolder folder;
  private final Experiment experiment;
  private final Interruption interruption;
  private final Consumer<String> told;
  private final FailedWrites failures;
  private final MetricsFile metrics;
  private final Checkpointing checkpointing;
  private final Optional<Resumed> resumed;
  private final Map<String, Object> summary = new LinkedHashMap<>();
  private final List<Ended> ended = new ArrayList<>();
  private final Map<String, Object> computed = new LinkedHashMap<>();

  /** From what a run goes on. */
  private record Resumed(Checkpoint checkpoint, RunState state) {
    Resumed(Checkpoint checkpoint) {
      this(checkpoint, RunState.of(checkpoint));
    }
  }

  private Run(
      RunFolder folder,
      Experiment experiment,
      CheckpointSettings settings,
      Optional<Resumed> resumed,
      Consumer<String> told) {
    this.folder = folder;
    this.experiment = experiment;
    this.told = told;
    this.resumed = resumed;
    this.failures = new FailedWrites(told);
    this.metrics =
        resumed
            .map(from -> folder.metrics(from.state().metricsBytes(), failures))
            .orElseGet(() -> folder.metrics(failures));
    this.checkpointing =
        new Checkpointing(
            checkpoints(folder, settings), settings.interval(), experiment.engine(), failures);
    resumed.ifPresent(from -> computed.putAll(from.state().computed()));
    this.interruption = Interruption.listen();
  }

  private static Checkpoints checkpoints(RunFolder folder, CheckpointSettings settings) {
    return new Checkpoints(folder.file(CHECKPOINTS), settings.keep());
  }

  /**
   * Begins a run in a folder, and writes its configuration there.
   *
   * @param told hears of each file that cannot be written, in one line
   * @throws WriteException if nothing can be written there from the beginning
   */
  public static Run begin(
      RunFolder folder,
      Map<String, ?> config,
      Experiment experiment,
      CheckpointSettings settings,
      Consumer<String> told) {
    folder.writeJson(RunFolder.CONFIG, config);
    return new Run(folder, experiment, settings, Optional.empty(), told);
  }

  /**
   * Goes on with a run from its newest intact checkpoint, from the beginning if there is none. What
   * was recorded after it is dropped.
   *
   * @param experiment with the settings with which the run was begun
   * @param told hears where it goes on, of checkpoints that are damaged, and of each file that
   *     cannot be written, in one line
   * @throws io.github.bilevel4j.check.UsageError if the data are others
   * @throws WriteException if nothing can be written there from the beginning
   */
  public static Run resume(
      RunFolder folder, Experiment experiment, CheckpointSettings settings, Consumer<String> told) {
    Checkpoints checkpoints = checkpoints(folder, settings);
    checkpoints.removeLeftovers();
    Optional<Resumed> from = checkpoints.newest(told).map(Resumed::new);
    from.ifPresent(each -> each.state().requireSameData(experiment.data()));
    told.accept(
        from.map(
                each ->
                    "goes on after " + each.state().step() + " steps of " + each.state().phase())
            .orElse("there is no checkpoint: begins anew"));
    return new Run(folder, experiment, settings, from, told);
  }

  /**
   * Trains in a loop that records all measurements, writes checkpoints and stops at an
   * interruption. In a resumed run a training that had ended is not made again, and that in which
   * the checkpoint was written goes on from there.
   *
   * @param phase its name in the records
   * @param steps makes the steps of a loop
   * @param more hooks
   * @return with the time of the steps before, too
   */
  public Training.Outcome train(
      String phase, Function<Training, Training.Outcome> steps, TrainingHook... more) {
    int number = ended.size() + 1;
    Optional<Resumed> before = resumed.filter(from -> from.state().number() >= number);
    Optional<Ended> done = before.flatMap(from -> from.state().ended(number));
    Ended end = done.orElseGet(() -> trained(phase, number, before, steps, more));
    ended.add(end);
    return end.outcome(isInterrupted());
  }

  private Ended trained(
      String phase,
      int number,
      Optional<Resumed> before,
      Function<Training, Training.Outcome> steps,
      TrainingHook... more) {
    double secondsBefore = before.map(from -> from.state().seconds()).orElse(0.0);
    Stopwatch watch = Stopwatch.createStarted();
    Training training = Training.named(phase).interrupted(interruption).hook(metrics.phase(phase));
    for (TrainingHook hook : more) {
      training = training.hook(hook);
    }
    training =
        training.hook(
            checkpointing.phase(
                number,
                phase,
                experiment.weights(),
                moment ->
                    new RunState(
                            number,
                            phase,
                            moment.steps(),
                            moment.last(),
                            secondsBefore + seconds(watch.elapsed()),
                            metrics.length(),
                            ImmutableList.copyOf(ended),
                            ImmutableMap.copyOf(computed),
                            RunState.fingerprint(experiment.data()))
                        .notes(),
                before.map(Resumed::checkpoint)));
    if (before.isPresent()) {
      training = training.startingAt(before.get().state().step(), before.get().state().last());
    }
    Training.Outcome outcome = steps.apply(training);
    return new Ended(outcome.steps(), secondsBefore + seconds(outcome.time()), outcome.last());
  }

  private static double seconds(Duration time) {
    return time.toMillis() / 1000.0;
  }

  /**
   * What the run computes between its trainings, an evaluation for instance: in a resumed run what
   * was computed before its checkpoint is not computed again.
   *
   * @param value numbers, texts, lists and maps of such
   */
  public Object once(String name, Supplier<?> value) {
    // Not computeIfAbsent: the value may take hours, and is none of the map's business.
    if (!computed.containsKey(name)) {
      computed.put(name, value.get());
    }
    return computed.get(name);
  }

  /**
   * Tells of what was measured before the checkpoint from which a run goes on.
   *
   * @throws io.github.bilevel4j.check.UsageError if the metrics cannot be read
   */
  public void recorded(RecordedMetrics.Listener listener) {
    if (resumed.isPresent()) {
      RecordedMetrics.read(folder.file(RunFolder.METRICS), listener);
    }
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
      rescueWeights(name);
    }
  }

  private void rescueWeights(String name) {
    try {
      Path rescued = Files.createTempDirectory("bilevel4j-").resolve(name);
      experiment.save(rescued);
      told.accept("the weights are in " + rescued + " instead");
    } catch (WriteException | IOException e) {
      told.accept("nor can the weights be written to a temporary folder: " + e.getMessage());
    }
  }

  /** Writes the summary and what is left of the metrics. */
  public void finish() {
    failures.attempt(folder.file(RunFolder.METRICS), metrics::sync);
    note(RunFolder.INTERRUPTED, isInterrupted());
    write(
        RunFolder.SUMMARY,
        file -> folder.writeJson(RunFolder.SUMMARY, ImmutableMap.copyOf(summary)));
  }

  /** What is not written, or not whole: a line for each file, with the reason. */
  public ImmutableList<String> failures() {
    return failures.messages();
  }

  @Override
  public void close() {
    try (interruption;
        folder;
        checkpointing) {
      failures.attempt(folder.file(RunFolder.METRICS), metrics::close);
    }
  }
}
