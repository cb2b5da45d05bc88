package io.github.bilevel4j.experiment;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.file.FailedWrites;
import io.github.bilevel4j.file.KeptLines;
import io.github.bilevel4j.file.WriteException;
import io.github.bilevel4j.run.EventFile;
import io.github.bilevel4j.run.Interruption;
import io.github.bilevel4j.run.MetricsFile;
import io.github.bilevel4j.run.MetricsListener;
import io.github.bilevel4j.run.Training;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A run under way: its folder with {@code config.json}, {@code metrics.csv}, {@code summary.json}
 * and weights, and the question whether it was interrupted. A file that cannot be written is told
 * once and does not end the run; {@link #failures} has it in the end.
 */
public final class Run implements AutoCloseable {
  private final RunFolder folder;
  private final Experiment experiment;
  private final Interruption interruption;
  private final Agreement agreement;
  private final Consumer<String> told;
  private final FailedWrites failures;
  private final MetricsFile metrics;
  private final Phases phases;
  private Optional<EventFile> events = Optional.empty();
  private final Map<String, KeptLines> texts = new LinkedHashMap<>();
  private BooleanSupplier stop = () -> false;
  private boolean interrupted;
  private final Map<String, Object> summary = new LinkedHashMap<>();

  private Run(
      RunFolder folder,
      Experiment experiment,
      Phases phases,
      FailedWrites failures,
      Consumer<String> told) {
    this.folder = folder;
    this.experiment = experiment;
    this.told = told;
    this.failures = failures;
    this.phases = phases;
    this.metrics = folder.metrics(phases.length(RunFolder.METRICS), failures);
    phases.noting(this::lengths);
    this.interruption = Interruption.listen();
    this.agreement = Agreement.among(experiment.engine());
  }

  private ImmutableMap<String, Long> lengths() {
    ImmutableMap.Builder<String, Long> lengths = ImmutableMap.builder();
    events.ifPresent(file -> lengths.put(RunFolder.EVENTS, file.sync()));
    texts.forEach((name, lines) -> lengths.put(name, lines.sync()));
    return lengths.put(RunFolder.METRICS, metrics.sync()).buildOrThrow();
  }

  /**
   * A text file of the folder that grows by lines with the trainings, of which a resumed run keeps
   * those before the checkpoint; called before the first training.
   *
   * @param first its first line, with its end
   * @throws WriteException if the file cannot be made
   */
  public KeptLines lines(String name, String first) {
    Path file = folder.file(name);
    KeptLines lines =
        folder.isOwned()
            ? KeptLines.open(file, first, phases.length(name), failures)
            : KeptLines.nowhere(file, failures);
    texts.put(name, lines);
    return lines;
  }

  /** Ends a training before the next step once the answer is yes; it counts as ended then. */
  public void stopWhen(BooleanSupplier question) {
    stop = question;
  }

  /**
   * Also writes measurements as TensorBoard reads them, to the folder {@code tensorboard}; called
   * before the first training.
   *
   * @throws WriteException if the file cannot be made
   */
  public EventFile writeEvents() {
    EventFile file = folder.events(phases.length(RunFolder.EVENTS), failures);
    events = Optional.of(file);
    return file;
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
    FailedWrites failures = new FailedWrites(told);
    Phases phases =
        Phases.begin(
            folder.checkpoints(),
            checkpoints(folder, settings),
            experiment.dataFingerprint(),
            failures);
    return new Run(folder, experiment, phases, failures, told);
  }

  /**
   * Goes on with a run from its newest intact checkpoint, from the beginning if there is none. What
   * was recorded after it is dropped.
   *
   * @param experiment with the settings with which the run was begun
   * @param told hears where it goes on, of checkpoints that are damaged, and of each file that
   *     cannot be written, in one line
   * @throws io.github.bilevel4j.check.UsageError if the data are others, or a replica finds another
   *     checkpoint
   * @throws WriteException if nothing can be written there from the beginning
   */
  public static Run resume(
      RunFolder folder, Experiment experiment, CheckpointSettings settings, Consumer<String> told) {
    FailedWrites failures = new FailedWrites(told);
    Agreement agreement = Agreement.among(experiment.engine());
    if (!folder.isOwned()) {
      // The owner puts damaged checkpoints away first.
      agreement.await();
    }
    Phases phases =
        Phases.resume(
            folder.checkpoints(),
            checkpoints(folder, settings),
            experiment.dataFingerprint(),
            failures,
            told);
    if (folder.isOwned()) {
      agreement.await();
    }
    agreement.requireSame("resume", ImmutableMap.of("checkpoint", phases.position()));
    return new Run(folder, experiment, phases, failures, told);
  }

  private static CheckpointSettings checkpoints(RunFolder folder, CheckpointSettings settings) {
    return folder.isOwned() ? settings : new CheckpointSettings(Optional.empty(), settings.keep());
  }

  /**
   * Trains in a loop that records all measurements, writes checkpoints and stops at an
   * interruption, as {@link Phases#train} says.
   *
   * @param phase its name in the records
   * @param steps makes the steps of a loop
   * @param listener hears of all steps, also of those before the checkpoint of a resumed run
   */
  public Training.Outcome train(
      String phase, Function<Training, Training.Outcome> steps, MetricsListener listener) {
    folder.replay(phases, phase, listener);
    Training training =
        Training.named(phase).interrupted(this::isToEnd).hook(metrics.phase(phase)).hook(listener);
    return phases.train(
        events.map(file -> training.hook(file.phase(phase))).orElse(training),
        experiment.engine(),
        experiment.weights(),
        steps);
  }

  /** What is computed between trainings, as {@link Phases#once} says. */
  public <T> T once(String name, Class<T> type, Supplier<T> value) {
    return phases.once(name, type, value);
  }

  /** The folder. */
  public RunFolder folder() {
    return folder;
  }

  /**
   * Whether the program was asked to end. Several replicas know it of each other from the next step
   * on that a training would make, and end before the same one.
   */
  public boolean isInterrupted() {
    return agreement.replicas() == 1 ? interruption.getAsBoolean() : interrupted;
  }

  /** One message has both answers, of replicas that may be asked to stop alone. */
  private boolean isToEnd() {
    int asked = agreement.replicas() + 1;
    int sum =
        agreement.sum((interruption.getAsBoolean() ? asked : 0) + (stop.getAsBoolean() ? 1 : 0));
    interrupted = sum >= asked;
    return sum > 0;
  }

  /** The results that were noted. */
  public ImmutableMap<String, Object> results() {
    return ImmutableMap.copyOf(summary);
  }

  /** Notes a result for {@code summary.json}. */
  public void note(String name, Object value) {
    summary.put(name, value);
  }

  /** Writes a file of the folder, which is made again if it was deleted. */
  public void write(String name, Consumer<Path> write) {
    if (!folder.isOwned()) {
      return;
    }
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
    failures.attempt(folder.file(RunFolder.METRICS), metrics::sync);
    events.ifPresent(file -> failures.attempt(folder.file(RunFolder.EVENTS), file::sync));
    texts.forEach((name, lines) -> failures.attempt(folder.file(name), lines::sync));
    write(RunFolder.SUMMARY, file -> folder.writeSummary(summary, isInterrupted()));
  }

  /** What is not written, or not whole: a line for each file, with the reason. */
  public ImmutableList<String> failures() {
    return failures.messages();
  }

  @Override
  public void close() {
    try (interruption;
        folder;
        phases) {
      failures.attempt(folder.file(RunFolder.METRICS), metrics::close);
      events.ifPresent(file -> failures.attempt(folder.file(RunFolder.EVENTS), file::close));
      texts.forEach((name, lines) -> failures.attempt(folder.file(name), lines::close));
    }
  }
}
