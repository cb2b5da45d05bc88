package io.github.bilevel4j.examples.cli;

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
      return train(experiment, experiment.pretraining());
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

  private int train(Experiment experiment, TrainingTask pretraining) {
    try (CommandRun run = CommandRun.begin(this, options.folder, experiment)) {
      Outcome outcome = experiment.run(pretraining, epochs, run.training("pretrain"));
      run.note("steps", outcome.steps());
      run.note("last", outcome.last());
      run.saveWeights("weights.safetensors");
      if (!run.isInterrupted()) {
        Comparison comparison = new Comparison(experiment, experiment.encoder().stages().get(1));
        comparison.measure("pre-trained");
        run.note("table", comparison.rows());
        print(comparison);
      }
      print("%d steps in %.0f s", outcome.steps(), outcome.time().toMillis() / 1000.0);
      return run.finish();
    }
  }
}
