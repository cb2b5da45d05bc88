package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.examples.ssl.recipe.BuiltInMethod;
import io.github.bilevel4j.experiment.Experiment;
import io.github.bilevel4j.experiment.ExperimentSettings;
import io.github.bilevel4j.ssl.MethodRecipe;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Evaluates the features of saved weights. */
@Command(
    name = "probe",
    description =
        "Evaluates saved weights: linear probe, 5-NN and coding-rate reduction of every stage.")
final class ProbeCommand extends PrintingCommand {
  @Mixin SetupOptions setup = new SetupOptions();

  @Option(
      names = "--method",
      description = "the method that the weights were trained with (default: ${DEFAULT-VALUE})")
  MethodRecipe method = BuiltInMethod.SIMCLR;

  @Option(
      names = "--weights",
      required = true,
      paramLabel = "FILE",
      description = "the weights: of a run, or of another program as import takes them")
  Path weights;

  @Mixin ForeignOptions foreign = new ForeignOptions();

  @Override
  public Integer call() {
    WeightsOption option = new WeightsOption(weights, foreign);
    ExperimentSettings settings = option.on(setup.settings(method));
    settings.data().requireClasses("probe");
    try (Engine engine = setup.device.open()) {
      Experiment experiment = Experiment.of(settings, engine);
      option.into(experiment, Experiment::load, this::print);
      Comparison comparison = Comparison.ofAllStages(experiment);
      comparison.measure(weights.getFileName().toString());
      print(comparison);
      return 0;
    }
  }
}
