package io.github.bilevel4j.examples.cli;

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
  MethodKind method;

  @Option(names = "--weights", required = true, paramLabel = "FILE", description = "the weights")
  Path weights;

  @Override
  public Integer call() {
    try (Experiment workspace = Experiment.open(setup, method)) {
      workspace.load(weights);
      Comparison comparison = Comparison.ofAllStages(workspace);
      comparison.measure(weights.getFileName().toString());
      spec.commandLine().getOut().print(comparison);
      spec.commandLine().getOut().flush();
      return 0;
    }
  }
}
