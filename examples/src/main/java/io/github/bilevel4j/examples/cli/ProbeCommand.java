package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.experiment.Experiment;
import io.github.bilevel4j.experiment.ExperimentSettings;
import io.github.bilevel4j.ssl.MethodRecipe;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Evaluates the features of saved weights. */
@Command(
    name = "probe",
    description =
        "Evaluates saved weights: linear probe, 5-NN and coding-rate reduction of every stage.",
    mixinStandardHelpOptions = true)
final class ProbeCommand implements Callable<Integer> {
  @Spec CommandSpec spec;

  @Mixin SetupOptions setup = new SetupOptions();

  @Option(
      names = "--method",
      defaultValue = "simclr",
      description = "the method that the weights were trained with (default: ${DEFAULT-VALUE})")
  MethodRecipe method;

  @Option(names = "--weights", required = true, paramLabel = "FILE", description = "the weights")
  Path weights;

  @Override
  public Integer call() {
    ExperimentSettings settings = setup.settings(method);
    try (Engine engine = setup.device.open()) {
      Experiment experiment = Experiment.of(settings, engine);
      experiment.load(weights);
      Comparison comparison = Comparison.ofAllStages(experiment);
      comparison.measure(weights.getFileName().toString());
      spec.commandLine().getOut().print(comparison);
      spec.commandLine().getOut().flush();
      return 0;
    }
  }
}
