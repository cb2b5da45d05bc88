package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.checkpoint.Interval;
import io.github.bilevel4j.experiment.CheckpointSettings;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** What a run needs to go on after an interruption. */
final class CheckpointOptions {
  private static final String OFF = "off";

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

  /** The folder of the run that goes on. */
  @Option(names = ResumeCommand.OPTION, hidden = true)
  Path resumed;

  /** Whether a run goes on that was begun before. */
  boolean isResumed() {
    return resumed != null;
  }

  /** The checkpoints. */
  CheckpointSettings settings() {
    return new CheckpointSettings(
        interval.equals(OFF) ? Optional.empty() : Optional.of(Interval.parse(interval)), keep);
  }
}
