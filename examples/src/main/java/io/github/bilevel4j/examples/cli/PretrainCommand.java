package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.run.Training;
import io.github.bilevel4j.run.Training.Outcome;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Pre-trains an encoder. */
@Command(
    name = "pretrain",
    description = "Pre-trains an encoder with a self-supervised method and evaluates it.",
    mixinStandardHelpOptions = true)
final class PretrainCommand implements Callable<Integer> {
  @Spec CommandSpec spec;

  @Mixin SetupOptions setup = new SetupOptions();

  @Mixin OutputOption out = new OutputOption();

  @Parameters(paramLabel = "METHOD", description = "simclr, byol or another, see list")
  MethodKind method;

  @Mixin PresetOption source = new PresetOption();

  @Option(
      names = "--epochs",
      defaultValue = "50",
      description = "epochs (default: ${DEFAULT-VALUE})")
  int epochs;

  @Override
  public Integer call() {
    Numbers.atLeastOne("--epochs", epochs);
    try (Experiment workspace = Experiment.open(setup, method, source.preset, epochs)) {
      return train(workspace, workspace.pretraining());
    }
  }

  private int train(Experiment workspace, Function<Training, Outcome> pretraining) {
    try (Run run = Run.begin(spec, out.folder, workspace)) {
      Outcome outcome = pretraining.apply(run.training("pretrain"));
      run.note("steps", outcome.steps());
      run.note("last", outcome.last());
      run.saveWeights("weights.safetensors");
      if (!run.isInterrupted()) {
        Comparison comparison = new Comparison(workspace, workspace.firstStage());
        comparison.measure("pre-trained");
        run.note("table", comparison.rows());
        spec.commandLine().getOut().print(comparison);
      }
      spec.commandLine()
          .getOut()
          .println(
              String.format(
                  Locale.ROOT,
                  "%d steps in %.0f s",
                  outcome.steps(),
                  outcome.time().toMillis() / 1000.0));
      return run.finish();
    }
  }
}
