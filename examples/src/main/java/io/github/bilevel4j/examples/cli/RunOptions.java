package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.checkpoint.Interval;
import io.github.bilevel4j.experiment.CheckpointSettings;
import io.github.bilevel4j.experiment.RunFolder;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Where a run is recorded, and what it needs to go on after an interruption. */
final class RunOptions {
  private static final String OFF = "off";

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "new folder for the run (default: runs/COMMAND-DATE-TIME)")
  private String folder;

  @Option(names = ResumeCommand.OPTION, hidden = true)
  private Path resumed;

  @Option(
      names = "--checkpoint",
      paramLabel = "INTERVAL",
      description =
          "how often all that resume needs is written, besides at the end of a training and at an"
              + " interruption: 10m (minutes), 5e (epochs), 50steps or off (default:"
              + " ${DEFAULT-VALUE})")
  private String interval = "10m";

  @Option(names = "--keep", description = "checkpoints that are kept (default: ${DEFAULT-VALUE})")
  private int keep = 3;

  /** Whether it goes on with one that was begun. */
  boolean isResumed() {
    return resumed != null;
  }

  /** The folder of a command's run. */
  RunFolder open(String command) {
    return isResumed() ? RunFolder.open(resumed) : RunFolder.create(folder, command);
  }

  /** Its checkpoints. */
  CheckpointSettings checkpoints() {
    return new CheckpointSettings(
        interval.equals(OFF) ? Optional.empty() : Optional.of(Interval.parse(interval)), keep);
  }
}
