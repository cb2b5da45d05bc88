package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.experiment.RunFolder;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Where a run is recorded. */
final class RunOptions {
  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "new folder for the run (default: runs/COMMAND-DATE-TIME)")
  private String folder;

  @Mixin CheckpointOptions checkpoints = new CheckpointOptions();

  /** The folder of a command's run. */
  RunFolder open(String command) {
    return checkpoints.isResumed()
        ? RunFolder.open(checkpoints.resumed)
        : RunFolder.create(folder, command);
  }
}
