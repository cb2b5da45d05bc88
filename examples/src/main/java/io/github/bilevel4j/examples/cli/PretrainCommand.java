package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.experiment.Experiment;
import io.github.bilevel4j.experiment.ExperimentSettings;
import io.github.bilevel4j.experiment.TrainingTask;
import io.github.bilevel4j.monitor.Monitor;
import io.github.bilevel4j.monitor.StopOn;
import io.github.bilevel4j.run.Training.Outcome;
import io.github.bilevel4j.ssl.MethodRecipe;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Pre-trains an encoder. */
@Command(
    name = "pretrain",
    description = "Pre-trains an encoder with a self-supervised method and evaluates it.")
final class PretrainCommand extends PrintingCommand implements TrainingCommand, Planned {
  @Mixin TrainingOptions options = new TrainingOptions();

  @Parameters(
      arity = "0..1",
      paramLabel = "METHOD",
      description = "simclr, byol or another, see list, or a FILE.java or the full name of a class")
  MethodRecipe method;

  @Option(names = "--method", paramLabel = "METHOD", description = "the same")
  MethodRecipe named;

  @Option(names = "--epochs", description = "epochs (default: ${DEFAULT-VALUE})")
  int epochs = 50;

  @Mixin ReplicaOptions replicas = new ReplicaOptions();

  @Mixin MonitorOptions monitoring = new MonitorOptions();

  @Option(
      names = "--stop-on",
      paramLabel = "WHAT",
      description =
          "end the training when this has turned at the last stage of --monitor, and keep the weights"
              + " of its best epoch: crr (coding-rate reduction falls), gap (the loss of held-out"
              + " images rises) or rankme (RankMe falls)")
  StopOn stop;

  @Override
  public Integer call() {
    monitoring.refuse("--stop-on", stop);
    OptionalInt launched = replicas.launched(this, options.setup.device, options.setup.batch);
    if (launched.isPresent()) {
      return launched.getAsInt();
    }
    ExperimentSettings settings = settings();
    try (Engine engine = replicas.open(this, options.setup.device, settings)) {
      Experiment experiment = Experiment.of(settings, engine);
      Optional<Monitor> monitor = monitoring.of(experiment, options.setup.device);
      TrainingTask planned = experiment.pretraining();
      // Steps that a budget has no room for are refused before there is a folder.
      TrainingTask pretraining = options.setup.device.memory == null ? planned : planned.compiled();
      Comparison comparison = comparison(experiment);
      return CommandRun.of(
          this,
          options.run,
          experiment,
          run -> {
            Optional<MonitorLog> log =
                monitor.map(made -> run.watch(made, Optional.ofNullable(stop)));
            train(run, experiment, pretraining, comparison, log);
          });
    }
  }

  private Comparison comparison(Experiment experiment) {
    ImmutableList<String> stages = experiment.encoder().stages();
    return new Comparison(
        experiment, stages.get(Math.min(1, stages.size() - 1)), options.setup.device::openAnother);
  }

  @Override
  public void requireConsistent() {
    options.run.check();
  }

  @Override
  public DeviceOptions device() {
    return options.setup.device;
  }

  @Override
  public ExperimentSettings settings() {
    return monitoring.on(options.settings(method(), epochs));
  }

  @Override
  public ImmutableList<Phase> plan(boolean isMeasured) {
    try (Engine engine = options.setup.device.open()) {
      Experiment experiment = Experiment.of(settings(), engine);
      Comparison comparison = comparison(experiment);
      ImmutableList.Builder<Phase> phases = ImmutableList.builder();
      phases.add(Phase.of(experiment, experiment.pretraining(), epochs, isMeasured));
      monitoring
          .of(experiment, options.setup.device)
          .ifPresent(monitor -> phases.add(Phase.monitored(monitor, epochs, isMeasured)));
      return phases.add(Phase.evaluations(1, comparison::evaluate, isMeasured)).build();
    }
  }

  private MethodRecipe method() {
    if ((method == null) == (named == null)) {
      throw UsageError.in("pretrain")
          .because(method == null ? "no method is named" : "two methods are named")
          .maybe("pretrain simclr was meant; list has all methods.");
    }
    return method == null ? named : method;
  }

  private void train(
      CommandRun run,
      Experiment experiment,
      TrainingTask pretraining,
      Comparison comparison,
      Optional<MonitorLog> log) {
    Outcome outcome =
        run.train(
            "pretrain",
            "weights.safetensors",
            training -> experiment.run(pretraining, epochs, training));
    run.note("steps", outcome.steps());
    run.note("last", outcome.last());
    if (!run.isInterrupted()) {
      comparison.measure("pre-trained", run);
      log.ifPresent(watched -> tellStop(run, experiment, comparison, watched));
      run.note("table", comparison.rows());
      print(comparison);
    }
    print("%d steps in %.0f s", outcome.steps(), outcome.time().toMillis() / 1000.0);
  }

  /** The weights of the best epoch are evaluated, too. */
  private void tellStop(
      CommandRun run, Experiment experiment, Comparison comparison, MonitorLog log) {
    Optional<Integer> best = log.bestEpoch();
    if (best.isEmpty()) {
      return;
    }
    String file = MonitorLog.best(stop);
    print(
        "%s %s; its best epoch is %d, the weights are in %s",
        stop, log.isStopped() ? "has turned" : "has not turned", best.get(), file);
    run.note("stopped", log.isStopped());
    run.note("best epoch", best.get());
    Path weights = run.folder().file(file);
    if (Files.isReadable(weights)) {
      experiment.resume(weights);
      comparison.measure("best by " + stop, run);
    }
  }
}
