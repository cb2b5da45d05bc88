package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.check.Heap;
import io.github.bilevel4j.check.ResidentSet;
import io.github.bilevel4j.encoder.EncoderSpec;
import io.github.bilevel4j.examples.report.Curves;
import io.github.bilevel4j.examples.report.ViewSheet;
import io.github.bilevel4j.experiment.Experiment;
import io.github.bilevel4j.experiment.Run;
import io.github.bilevel4j.experiment.RunFolder;
import io.github.bilevel4j.monitor.Monitor;
import io.github.bilevel4j.monitor.StopOn;
import io.github.bilevel4j.run.EventFile;
import io.github.bilevel4j.run.Progress;
import io.github.bilevel4j.run.Training;
import io.github.bilevel4j.run.Training.Outcome;
import io.github.bilevel4j.run.TrainingHook;
import io.github.bilevel4j.ssl.MethodRecipe;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * A command's run under way: it tells what it does and draws curves of what it measures. However it
 * ends, weights, metrics, curves and summary are written as far as they can be.
 */
final class CommandRun implements AutoCloseable {
  /** The exit status of a program that was interrupted. */
  static final int INTERRUPTED = 130;

  private final Run run;
  private final Experiment experiment;
  private final PrintingCommand console;
  private final RunOptions options;
  private final Optional<EventFile> events;
  private final Optional<ViewSheet> views;
  private final Curves curves = new Curves();
  private final RunReport report = new RunReport();
  private Optional<String> unsaved = Optional.empty();
  private Optional<MonitorLog> log = Optional.empty();

  private CommandRun(Run run, Experiment experiment, RunOptions options, PrintingCommand console) {
    this.run = run;
    this.experiment = experiment;
    this.console = console;
    this.options = options;
    this.views =
        Curves.prepare().isEmpty() ? Optional.of(firstViews(experiment)) : Optional.empty();
    this.events =
        options.writes(EventKind.SCALARS) && run.folder().isOwned()
            ? Optional.of(run.writeEvents())
            : Optional.empty();
  }

  private static ViewSheet firstViews(Experiment experiment) {
    return ViewSheet.of(experiment.firstViews(ViewSheet.MOST_IMAGES));
  }

  /** What a command does in its run. */
  @FunctionalInterface
  interface Body {
    void in(CommandRun run);
  }

  /**
   * Makes the folder, writes {@code config.json}, all options with their values, and does what the
   * command does; or goes on with it in the folder of a run that was interrupted.
   *
   * @return the exit status
   */
  static int of(PrintingCommand command, RunOptions options, Experiment experiment, Body body) {
    try (CommandRun run = begin(command, options, experiment)) {
      try {
        body.in(run);
      } catch (RuntimeException | Error failure) {
        run.putAway(failure);
        throw failure;
      }
      return run.finish();
    }
  }

  private static CommandRun begin(
      PrintingCommand command, RunOptions options, Experiment experiment) {
    RunFolder folder = options.open(command);
    try {
      command.print("data    " + experiment.data().description());
      command.print(
          "device  %s, %s", experiment.engine().device(), experiment.engine().precision());
      command.print("folder  " + folder.path());
      Run run =
          options.checkpoints.isResumed()
              ? Run.resume(folder, experiment, options.checkpoints.settings(), command::warn)
              : Run.begin(
                  folder,
                  config(command.spec, experiment),
                  experiment,
                  options.checkpoints.settings(),
                  command::warn);
      try {
        return new CommandRun(run, experiment, options, command);
      } catch (RuntimeException e) {
        run.close();
        throw e;
      }
    } catch (RuntimeException e) {
      folder.close();
      throw e;
    }
  }

  /** All options of a command with their values, and what it runs on. */
  static Map<String, Object> config(CommandSpec command, Experiment experiment) {
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("command", command.name());
    config.putAll(ResumeCommand.beginning(command));
    for (OptionSpec option : command.options()) {
      if (!option.hidden()
          && !option.usageHelp()
          && !option.versionHelp()
          && option.getValue() != null) {
        config.put(option.longestName().substring(2), text(option.getValue()));
      }
    }
    command.positionalParameters().stream()
        .filter(p -> p.getValue() != null)
        .forEach(p -> config.put(p.paramLabel().toLowerCase(Locale.ROOT), text(p.getValue())));
    config.put("device used", experiment.engine().device().toString());
    config.put("version", Versions.bilevel4j());
    config.put("java", Runtime.version().toString());
    return config;
  }

  /** What would choose a value again: of an object of a user's class, the class's name. */
  static String text(Object value) {
    boolean chosen = value instanceof MethodRecipe || value instanceof EncoderSpec;
    return chosen && !(value instanceof Enum) ? value.getClass().getName() : value.toString();
  }

  /**
   * Measures in all trainings to come.
   *
   * @param stop what ends a training once it has turned
   * @return what is measured
   */
  MonitorLog watch(Monitor monitor, Optional<StopOn> stop) {
    MonitorLog made =
        new MonitorLog(
            monitor, experiment, run, curves, events, stop, options.checkpoints.isResumed());
    log = Optional.of(made);
    run.stopWhen(made::isStopped);
    return made;
  }

  /**
   * Trains in a loop that shows progress, records all measurements and heeds interruptions, and
   * writes the weights that it ends with, those before the step if one fails.
   */
  Outcome train(String phase, String weights, Function<Training, Outcome> steps) {
    Outcome outcome =
        run.train(
            phase,
            training -> {
              unsaved = Optional.of(weights);
              return steps.apply(
                  training
                      .progress(
                          console.isFollowing() ? Progress.none() : PrintingCommand.progress())
                      .hook(
                          TrainingHook.epochStart(
                              epoch -> {
                                events.ifPresent(file -> recordEpoch(phase, epoch, file));
                                log.ifPresent(watching -> watching.before(phase, epoch));
                              })));
            },
            curves.phase(phase));
    if (!isInterrupted()) {
      log.ifPresent(watching -> watching.measure(phase, outcome.steps()));
    }
    saveWeights();
    return outcome;
  }

  /** Before epochs, of which a run that goes on after a checkpoint begins each once. */
  private void recordEpoch(String phase, int epoch, EventFile file) {
    int step = epoch * experiment.stepsPerEpoch();
    if (options.writes(EventKind.HISTOGRAMS)) {
      experiment
          .engine()
          .read(experiment.encoder().parameters())
          .forEach((name, value) -> file.histogram(phase + "/" + name, step, value.toDoubles()));
    }
    if (options.writes(EventKind.IMAGES) && epoch == 0) {
      views.ifPresent(
          sheet ->
              file.image(
                  phase + "/views",
                  step,
                  sheet.picture().getHeight(),
                  sheet.picture().getWidth(),
                  sheet.png()));
    }
  }

  private void saveWeights() {
    unsaved.ifPresent(run::saveWeights);
    unsaved = Optional.empty();
  }

  /** What is computed between trainings, once in a run that is resumed. */
  <T> T once(String name, Class<T> type, Supplier<T> value) {
    return run.once(name, type, value);
  }

  /** Writes the present weights to a file of the folder. */
  void save(String name) {
    run.saveWeights(name);
  }

  RunFolder folder() {
    return run.folder();
  }

  boolean isInterrupted() {
    return run.isInterrupted();
  }

  /** Notes a result for {@code summary.json}. */
  void note(String name, Object value) {
    run.note(name, value);
  }

  /** Keeps what there is although the run failed. */
  private void putAway(Throwable failure) {
    try {
      note("failed", String.valueOf(failure.getMessage()));
      saveWeights();
      write();
      // An interrupted program may end before it tells of the failure.
      console.print(
          "failed%s; what was done is in %s",
          isInterrupted() ? " (" + failure.getMessage() + ")" : "", run.folder().path());
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  /** Writes the summary and the curves; returns the exit status. */
  private int finish() {
    write();
    int status = status(run.failures(), console);
    Path path = run.folder().path();
    tellMemory();
    if (isInterrupted()) {
      console.print("interrupted; what was done is in " + path + ": resume goes on with it");
      return INTERRUPTED;
    }
    console.print("written to " + path);
    return status;
  }

  /** What a budget of the process comes to. */
  private void tellMemory() {
    experiment
        .engine()
        .processBudget()
        .ifPresent(
            budget ->
                ResidentSet.peak()
                    .ifPresent(
                        peak ->
                            console.print(
                                "memory  %s at most, of %s",
                                Heap.megabytes(peak), Heap.megabytes(budget.bytes()))));
  }

  private void write() {
    run.write("curves.png", file -> curves.write(file).ifPresent(console::print));
    run.write(
        RunReport.FILE,
        file ->
            run.folder()
                .writeText(RunReport.FILE, report.page(run.folder(), results(), curves, views)));
    run.finish();
  }

  private ImmutableMap<String, ?> results() {
    return ImmutableMap.<String, Object>builder()
        .put("interrupted", isInterrupted())
        .putAll(run.results())
        .buildOrThrow();
  }

  /** Tells what was not written in the end; returns the exit status. */
  static int status(List<String> failures, PrintingCommand console) {
    failures.forEach(failure -> console.warn("error: " + failure));
    return failures.isEmpty() ? 0 : 1;
  }

  @Override
  public void close() {
    run.close();
  }
}
