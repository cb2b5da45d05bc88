package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.examples.ssl.Preset;
import io.github.bilevel4j.run.Training.Outcome;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Pre-trains an encoder, undoes its memorisation, and compares before and after. */
@Command(
    name = "umm",
    description =
        "Pre-trains a self-supervised encoder, runs UMM on the layers after the early stage and"
            + " prints accuracies and coding-rate reductions before and after.",
    mixinStandardHelpOptions = true)
final class UmmCommand implements Callable<Integer> {
  @Spec CommandSpec spec;

  @Mixin SetupOptions setup = new SetupOptions();

  @Mixin OutputOption out = new OutputOption();

  @Mixin UmmOptions umm = new UmmOptions();

  @Option(
      names = "--method",
      defaultValue = "simclr",
      description = "the self-supervised method, see list (default: ${DEFAULT-VALUE})")
  MethodKind method;

  @Option(
      names = "--preset",
      defaultValue = "quick",
      description =
          "settings of heads, views and optimizer: quick, or published ones, solo or htdt, see list"
              + " (default: ${DEFAULT-VALUE})")
  Preset preset;

  @Option(
      names = "--epochs",
      defaultValue = "50",
      description = "epochs of pre-training (default: ${DEFAULT-VALUE})")
  int epochs;

  @Option(
      names = "--umm-epochs",
      defaultValue = "4",
      description = "epochs of UMM (default: ${DEFAULT-VALUE})")
  int ummEpochs;

  @Option(
      names = "--weights",
      paramLabel = "FILE",
      description = "start from these weights instead of pre-training")
  Path weights;

  @Override
  public Integer call() {
    Numbers.atLeastOne("--epochs", epochs);
    Numbers.atLeastOne("--umm-epochs", ummEpochs);
    try (Workspace workspace = Workspace.open(setup, method, preset, epochs)) {
      int steps = ummEpochs * workspace.stepsPerEpoch();
      Workspace.UmmRun problem = workspace.umm(draws -> umm.settings(draws, steps));
      if (weights != null) {
        workspace.resume(weights);
      }
      try (Run run = Run.begin(spec, out.folder, workspace)) {
        return run(run, workspace, problem);
      }
    }
  }

  private int run(Run run, Workspace workspace, Workspace.UmmRun problem) {
    PrintWriter printer = spec.commandLine().getOut();
    if (weights == null) {
      note(run, "pretrain", workspace.pretrain(run.training("pretrain")));
      run.saveWeights("pretrained.safetensors");
    }
    Comparison comparison = new Comparison(workspace, umm.early);
    if (!run.isInterrupted()) {
      comparison.measure("before");
      printer.print(problem.problem());
      printer.flush();
      note(run, "umm", problem.run(ummEpochs, run.training("umm")));
      run.saveWeights("weights.safetensors");
    }
    if (!run.isInterrupted()) {
      comparison.measure("after");
      printer.print(comparison);
    }
    run.note("table", comparison.rows());
    return run.finish();
  }

  private void note(Run run, String phase, Outcome outcome) {
    double seconds = outcome.time().toMillis() / 1000.0;
    run.note(phase + " steps", outcome.steps());
    run.note(phase + " seconds", seconds);
    run.note(phase + " last", outcome.last());
    spec.commandLine()
        .getOut()
        .println(
            String.format(Locale.ROOT, "%s: %d steps in %.0f s", phase, outcome.steps(), seconds));
  }
}
