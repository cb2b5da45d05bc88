package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.encoder.EncoderSpec;
import io.github.bilevel4j.examples.report.ConsoleProgress;
import io.github.bilevel4j.examples.report.Curves;
import io.github.bilevel4j.experiment.Experiment;
import io.github.bilevel4j.experiment.Run;
import io.github.bilevel4j.experiment.RunFolder;
import io.github.bilevel4j.run.Training;
import io.github.bilevel4j.ssl.MethodRecipe;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** A command's run under way: it tells what it does and draws curves of what it measures. */
final class CommandRun implements AutoCloseable {
  /** The exit status of a program that was interrupted. */
  static final int INTERRUPTED = 130;

  private final Run run;
  private final PrintingCommand console;
  private final Curves curves = new Curves();

  private CommandRun(Run run, PrintingCommand console) {
    this.run = run;
    this.console = console;
    Curves.prepare();
  }

  /** Makes the folder and writes {@code config.json}: all options with their values. */
  static CommandRun begin(PrintingCommand command, String requested, Experiment experiment) {
    RunFolder folder = RunFolder.create(requested, command.spec.name());
    Run run = Run.begin(folder, config(command.spec, experiment), experiment);
    command.print("data    " + experiment.data().description());
    command.print("device  %s, %s", experiment.engine().device(), experiment.engine().precision());
    command.print("folder  " + folder.path());
    return new CommandRun(run, command);
  }

  private static Map<String, Object> config(CommandSpec command, Experiment experiment) {
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("command", command.name());
    for (OptionSpec option : command.options()) {
      if (!option.usageHelp() && !option.versionHelp() && option.getValue() != null) {
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

  /** A training loop that shows progress, records all measurements and heeds interruptions. */
  Training training(String phase) {
    return run.training(phase, curves.phase(phase)).progress(ConsoleProgress.on(System.err));
  }

  boolean isInterrupted() {
    return run.isInterrupted();
  }

  /** Notes a result for {@code summary.json}. */
  void note(String name, Object value) {
    run.note(name, value);
  }

  /** Writes encoder and method to a file of the folder. */
  void saveWeights(String name) {
    run.saveWeights(name);
  }

  /** Writes the summary and the curves; returns the exit status. */
  int finish() {
    run.finish();
    RunFolder folder = run.folder();
    curves.write(folder.file("curves.png")).ifPresent(console::print);
    console.print(
        (isInterrupted() ? "interrupted; what was done is in " : "written to ") + folder.path());
    return isInterrupted() ? INTERRUPTED : 0;
  }

  @Override
  public void close() {
    run.close();
  }
}
