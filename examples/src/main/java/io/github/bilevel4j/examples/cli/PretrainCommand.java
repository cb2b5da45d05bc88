package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.experiment.Experiment;
import io.github.bilevel4j.experiment.ExperimentSettings;
import io.github.bilevel4j.experiment.TrainingTask;
import io.github.bilevel4j.run.Training.Outcome;
import io.github.bilevel4j.ssl.MethodRecipe;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Pre-trains an encoder. */
@Command(
    name = "pretrain",
    description = "Pre-trains an encoder with a self-supervised method and evaluates it.")
final class PretrainCommand extends PrintingCommand {
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

  @Override
  public Integer call() {
    ExperimentSettings settings = options.settings(method(), epochs);
    try (Engine engine = options.setup.device.open()) {
      Experiment experiment = Experiment.of(settings, engine);
      TrainingTask pretraining = experiment.pretraining();
      ImmutableList<String> stages = experiment.encoder().stages();
      Comparison comparison =
          new Comparison(experiment, stages.get(Math.min(1, stages.size() - 1)));
      return CommandRun.of(
          this, options.run, experiment, run -> train(run, experiment, pretraining, comparison));
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
      CommandRun run, Experiment experiment, TrainingTask pretraining, Comparison comparison) {
    Outcome outcome =
        run.train(
            "pretrain",
            "weights.safetensors",
            training -> experiment.run(pretraining, epochs, training));
    run.note("steps", outcome.steps());
    run.note("last", outcome.last());
    if (!run.isInterrupted()) {
      comparison.measure("pre-trained", run);
      run.note("table", comparison.rows());
      print(comparison);
    }
    print("%d steps in %.0f s", outcome.steps(), outcome.time().toMillis() / 1000.0);
  }
}
