package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.examples.report.ConsoleProgress;
import io.github.bilevel4j.examples.report.Curves;
import io.github.bilevel4j.run.Interruption;
import io.github.bilevel4j.run.MetricsFile;
import io.github.bilevel4j.run.Training;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** A run under way: its folder, its records, and the question whether it was interrupted. */
final class Run implements AutoCloseable {
  /** The exit status of a program that was interrupted. */
  static final int INTERRUPTED = 130;

  private final RunFolder folder;
  private final Experiment workspace;
  private final PrintWriter out;
  private final Interruption interruption = Interruption.listen();
  private final MetricsFile metrics;
  private final Curves curves = new Curves();
  private final Map<String, Object> summary = new LinkedHashMap<>();

  private Run(RunFolder folder, Experiment workspace, PrintWriter out) {
    this.folder = folder;
    this.workspace = workspace;
    this.out = out;
    this.metrics = folder.metrics();
    Curves.prepare();
  }

  /** Makes the folder and writes {@code config.json}: all options with their values. */
  static Run begin(CommandSpec command, String requestedFolder, Experiment workspace) {
    RunFolder folder = RunFolder.create(requestedFolder, command.name());
    folder.writeJson("config.json", config(command, workspace));
    PrintWriter out = command.commandLine().getOut();
    out.println("data    " + workspace.data().description());
    out.println("device  " + workspace.engine().device() + ", " + workspace.engine().precision());
    out.println("folder  " + folder.path());
    out.flush();
    return new Run(folder, workspace, out);
  }

  private static Map<String, Object> config(CommandSpec command, Experiment workspace) {
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("command", command.name());
    for (CommandLine.Model.OptionSpec option : command.options()) {
      if (!option.usageHelp() && !option.versionHelp() && option.getValue() != null) {
        config.put(option.longestName().substring(2), option.getValue().toString());
      }
    }
    command
        .positionalParameters()
        .forEach(p -> config.put(p.paramLabel().toLowerCase(Locale.ROOT), p.getValue().toString()));
    config.put("device used", workspace.engine().device().toString());
    config.put("version", Versions.bilevel4j());
    config.put("java", Runtime.version().toString());
    return config;
  }

  /** A training loop that shows progress, records all measurements and heeds interruptions. */
  Training training(String phase) {
    return Training.named(phase)
        .progress(ConsoleProgress.on(System.err))
        .interrupted(interruption)
        .listener(metrics.phase(phase).and(curves.phase(phase)));
  }

  boolean isInterrupted() {
    return interruption.getAsBoolean();
  }

  /** Notes a result for {@code summary.json}. */
  void note(String name, Object value) {
    summary.put(name, value);
  }

  /** Writes encoder and projector to a file of the folder. */
  void saveWeights(String name) {
    workspace.save(folder.file(name));
  }

  /** Writes the summary and the curves; returns the exit status. */
  int finish() {
    note("interrupted", isInterrupted());
    folder.writeJson("summary.json", ImmutableMap.copyOf(summary));
    curves.write(folder.file("curves.png")).ifPresent(out::println);
    out.println(
        (isInterrupted() ? "interrupted; what was done is in " : "written to ") + folder.path());
    out.flush();
    return isInterrupted() ? INTERRUPTED : 0;
  }

  @Override
  public void close() {
    metrics.close();
    interruption.close();
  }
}
