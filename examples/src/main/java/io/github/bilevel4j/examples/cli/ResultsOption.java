package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.experiment.Experiment;
import io.github.bilevel4j.experiment.RunFolder;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Where a command that trains no encoder writes what it found. */
final class ResultsOption {
  @Option(
      names = "--out",
      paramLabel = "DIR",
      description =
          "new folder for config.json, summary.json and the table as a CSV file (default: nothing is"
              + " written)")
  private String folder;

  /** What is found. */
  @FunctionalInterface
  interface Body {
    Found find();
  }

  /**
   * What was found.
   *
   * @param summary for {@code summary.json}
   * @param name of the table's file
   * @param csv what is its content as text
   */
  record Found(Map<String, ?> summary, String name, Object csv) {}

  /** The folder, if one is asked for. */
  Optional<Path> folder() {
    return Optional.ofNullable(folder).map(Path::of);
  }

  /**
   * Makes the folder if one is asked for, finds, and writes what was found.
   *
   * @throws io.github.bilevel4j.check.UsageError if the folder exists or cannot be made
   */
  void keep(PrintingCommand command, Experiment experiment, Body body) {
    Optional<RunFolder> made =
        Optional.ofNullable(folder).map(path -> RunFolder.create(path, command.spec.name()));
    try {
      made.ifPresent(
          run -> run.writeJson(RunFolder.CONFIG, CommandRun.config(command.spec, experiment)));
      Found found = body.find();
      made.ifPresent(
          run -> {
            run.writeText(found.name(), found.csv().toString());
            run.writeSummary(found.summary(), false);
            command.print("written to " + run.path());
          });
    } finally {
      made.ifPresent(RunFolder::close);
    }
  }
}
