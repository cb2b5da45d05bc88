package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Lists;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.examples.report.Curves;
import io.github.bilevel4j.experiment.Phases;
import io.github.bilevel4j.experiment.RunFolder;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.file.FailedWrites;
import io.github.bilevel4j.run.EventFile;
import io.github.bilevel4j.run.Interruption;
import io.github.bilevel4j.run.MetricsFile;
import io.github.bilevel4j.run.MetricsListener;
import io.github.bilevel4j.run.Training;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** The measurements of a generic bi-level problem: for a picture and a folder, if asked for. */
final class Recording implements AutoCloseable {
  private final PrintingCommand console;
  private final Optional<Path> picture;
  private final FailedWrites failures;
  private final Optional<RunFolder> folder;
  private final Optional<MetricsFile> metrics;
  private final Optional<EventFile> events;
  private final Optional<Phases> phases;
  private final Optional<Interruption> interruption;
  private final RunReport report = new RunReport();
  private final Curves curves = new Curves();
  private boolean finished;

  /**
   * Makes the folder, or opens that of a run that goes on.
   *
   * @throws IllegalArgumentException if it exists or cannot be made, or the picture's does not
   *     exist
   */
  private Recording(PrintingCommand console, BilevelOptions options) {
    this.console = console;
    this.picture = Optional.ofNullable(options.plot);
    this.failures = new FailedWrites(console::warn);
    picture.ifPresent(Recording::requireFolderOf);
    this.folder = options.folder(console.spec);
    this.phases = folder.map(made -> options.phases(made, failures, console::warn));
    this.metrics =
        folder.map(made -> made.metrics(phases.get().length(RunFolder.METRICS), failures));
    this.events =
        folder
            .filter(made -> options.tensorboard)
            .map(made -> made.events(phases.get().length(RunFolder.EVENTS), failures));
    phases.ifPresent(made -> made.noting(this::lengths));
    this.interruption = folder.map(made -> Interruption.listen());
  }

  private ImmutableMap<String, Long> lengths() {
    ImmutableMap.Builder<String, Long> lengths = ImmutableMap.builder();
    events.ifPresent(file -> lengths.put(RunFolder.EVENTS, file.sync()));
    return lengths.put(RunFolder.METRICS, metrics.get().sync()).buildOrThrow();
  }

  /**
   * Fails if a picture could not be written in the end.
   *
   * @throws IllegalArgumentException if its folder does not exist
   */
  static void requireFolderOf(Path picture) {
    if (!Files.isDirectory(picture.toAbsolutePath().getParent())) {
      throw UsageError.in("--plot")
          .because("there is no folder %s", picture.toAbsolutePath().getParent())
          .maybe("the folder has to be made first.");
    }
  }

  /** What a command does while its measurements are recorded. */
  @FunctionalInterface
  interface Body {
    void in(Recording recording);
  }

  /** The program was asked to end in a training: what would come next is left out. */
  private static final class Interrupted extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /**
   * Does what a command does, and draws what was measured however it ends.
   *
   * @return the exit status
   */
  static int of(PrintingCommand console, BilevelOptions options, Body body) {
    try (Recording recording = new Recording(console, options)) {
      try {
        body.in(recording);
      } catch (Interrupted e) {
        recording.finish(true);
        console.print("interrupted; resume goes on with " + recording.folder.get().path());
        return CommandRun.INTERRUPTED;
      }
      return recording.finish(false);
    }
  }

  /**
   * Trains in a loop whose measurements are recorded. In a run that goes on, what was done is not
   * done again.
   *
   * @param named a loop with the name of the phase
   * @param more hear of all steps, also of those before
   */
  Training.Outcome train(
      Training named,
      Engine engine,
      Function<Training, Training.Outcome> steps,
      MetricsListener... more) {
    MetricsListener drawn = curves.phase(named.name());
    Training loop = named.hook(drawn);
    for (MetricsListener listener : more) {
      loop = loop.hook(listener);
    }
    if (folder.isEmpty()) {
      return steps.apply(loop);
    }
    for (MetricsListener listener : Lists.asList(drawn, more)) {
      folder.get().replay(phases.get(), named.name(), listener);
    }
    if (events.isPresent()) {
      loop = loop.hook(events.get().phase(named.name()));
    }
    loop = loop.hook(metrics.get().phase(named.name())).interrupted(interruption.get());
    Training.Outcome outcome = phases.get().train(loop, engine, Variables.none(), steps);
    if (outcome.interrupted()) {
      throw new Interrupted();
    }
    return outcome;
  }

  /** A loop whose progress is shown. */
  static Training shown(Object name) {
    return Training.named(name.toString()).progress(PrintingCommand.progress());
  }

  /** What is computed between trainings, once in a run that goes on. */
  <T> T once(String name, Class<T> type, Supplier<T> value) {
    return folder.isPresent() ? phases.get().once(name, type, value) : value.get();
  }

  /** Draws what was measured; returns the exit status. */
  private int finish(boolean interrupted) {
    finished = true;
    Stream.concat(picture.stream(), folder.map(made -> made.file("curves.png")).stream())
        .forEach(this::draw);
    folder.ifPresent(
        made -> {
          failures.attempt(made.file(RunFolder.METRICS), metrics.get()::sync);
          failures.attempt(
              made.file(RunReport.FILE),
              () ->
                  made.writeText(
                      RunReport.FILE,
                      report.page(
                          made,
                          ImmutableMap.of("interrupted", interrupted),
                          curves,
                          Optional.empty())));
          failures.attempt(made.path(), () -> made.writeSummary(ImmutableMap.of(), interrupted));
        });
    return CommandRun.status(failures.messages(), console);
  }

  private void draw(Path file) {
    failures.attempt(
        file,
        () -> {
          folder.ifPresent(RunFolder::ensureThere);
          console.print(curves.write(file).orElse("curves in " + file));
        });
  }

  /** What was measured before a failure is drawn too. */
  @Override
  public void close() {
    if (!finished) {
      finish(true);
    }
    metrics.ifPresent(MetricsFile::close);
    events.ifPresent(EventFile::close);
    phases.ifPresent(Phases::close);
    folder.ifPresent(RunFolder::close);
    interruption.ifPresent(Interruption::close);
  }
}
