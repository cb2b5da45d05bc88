package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.experiment.RunFolder;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
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

  @Option(
      names = "--tensorboard",
      arity = "0..1",
      split = ",",
      fallbackValue = "scalars",
      paramLabel = "KIND",
      description =
          "also write what TensorBoard shows, to the run's folder tensorboard: the measurements, and"
              + " if named, histograms of the encoder's parameters before each epoch and images, the"
              + " views of the first batch; for instance --tensorboard=histograms,images")
  private Set<EventKind> events = EnumSet.noneOf(EventKind.class);

  /** Whether TensorBoard gets this kind. */
  boolean writes(EventKind kind) {
    return kind == EventKind.SCALARS ? !events.isEmpty() : events.contains(kind);
  }

  /** Requires that they can be followed. */
  void check() {
    checkpoints.settings();
  }

  /**
   * The folder of a command's run. Of several replicas the first one has it, and the others read
   * there.
   */
  RunFolder open(PrintingCommand command) {
    // Before a folder is made.
    check();
    if (command.isFollowing()) {
      return RunFolder.following(
          checkpoints.isResumed() ? checkpoints.resumed : Path.of(folder == null ? "" : folder));
    }
    return checkpoints.isResumed()
        ? RunFolder.open(checkpoints.resumed)
        : RunFolder.create(folder, command.spec.name());
  }
}
