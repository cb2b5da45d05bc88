package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.experiment.Phases;
import io.github.bilevel4j.experiment.RunFolder;
import io.github.bilevel4j.file.FailedWrites;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** What the generic bi-level problems share. */
final class BilevelOptions {
  @Option(
      names = "--estimator",
      split = ",",
      paramLabel = "NAME",
      description =
          "of the hypergradient, or several with commas between; the command list has all"
              + " (default: what suits the problem)")
  private List<EstimatorKind> kinds;

  @Option(
      names = "--iterations",
      description =
          "of the linear solver, terms of the series, or steps to unroll (default: what suits the"
              + " problem)")
  private Integer iterations;

  @Option(
      names = "--tolerance",
      description =
          "relative residual at which the linear solver stops (default: what suits the problem)")
  private Double tolerance;

  @Option(
      names = "--damping",
      defaultValue = "0",
      description = "added to the inner Hessian's diagonal (default: ${DEFAULT-VALUE})")
  private double damping;

  @Option(names = "--steps", description = "outer steps (default: what suits the problem)")
  private Integer steps;

  @Option(names = "--seed", description = "of all draws (default: ${DEFAULT-VALUE})")
  long seed = 1;

  @Option(names = "--device", description = "auto, cpu, gpu:0, ... (default: ${DEFAULT-VALUE})")
  private String device = "auto";

  @Option(names = "--plot", paramLabel = "FILE", description = "draw the curves as a PNG picture")
  Path plot;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description =
          "new folder for curves.png, metrics.csv and checkpoints (default: none is written)")
  private String folder;

  @Option(
      names = "--tensorboard",
      description = "also write what TensorBoard shows, to the folder tensorboard of --out")
  boolean tensorboard;

  @Mixin private CheckpointOptions checkpoints;

  /** An engine on the device, in float64. */
  Engine open() {
    return open(Precision.FLOAT64);
  }

  /** An engine on the device. */
  Engine open(Precision precision) {
    return TensorFlowEngine.open(Device.parse(device), precision);
  }

  /** The number of outer steps, for a problem that needs so many. */
  int steps(int needed) {
    int chosen = steps == null ? needed : steps;
    Require.in("--steps").atLeast(1, "value", chosen);
    return chosen;
  }

  /** The chosen estimators, or those that suit the problem. */
  ImmutableList<EstimatorKind> kinds(EstimatorKind... suitable) {
    return ImmutableSet.copyOf(kinds == null ? Arrays.asList(suitable) : kinds).asList();
  }

  /** What the options leave of the settings that suit a problem. */
  EstimatorKind.Settings settings(EstimatorKind.Settings suitable) {
    int chosen = iterations == null ? suitable.iterations() : iterations;
    Require.in("--iterations").atLeast(1, "value", chosen);
    return new EstimatorKind.Settings(
        chosen, tolerance == null ? suitable.tolerance() : tolerance, damping, suitable.rate());
  }

  /** The folder of a command's run, if there is one. */
  Optional<RunFolder> folder(CommandSpec command) {
    // Before a folder is made: they may be at fault.
    checkpoints.settings();
    if (checkpoints.isResumed()) {
      return Optional.of(RunFolder.open(checkpoints.resumed));
    } else if (folder == null) {
      return Optional.empty();
    }
    RunFolder made = RunFolder.create(folder, "bilevel");
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("command", "bilevel " + command.name());
    config.putAll(ResumeCommand.beginning(command));
    made.writeJson(RunFolder.CONFIG, config);
    return Optional.of(made);
  }

  /** The trainings of a run. */
  Phases phases(RunFolder made, FailedWrites failures, Consumer<String> told) {
    return checkpoints.isResumed()
        ? Phases.resume(made.checkpoints(), checkpoints.settings(), "", failures, told)
        : Phases.begin(made.checkpoints(), checkpoints.settings(), "", failures);
  }
}
