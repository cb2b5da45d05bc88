package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.run.Training.Outcome;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Pre-trains an encoder, undoes its memorization, and compares before and after. */
@Command(
    name = "umm",
    description =
        "Pre-trains a self-supervised encoder, runs UMM on the layers after the early stage and"
            + " prints accuracies and coding-rate reductions before and after. With --mode the"
            + " trainings that the paper compares with it; with --alpha 0 or --beta 0 its"
            + " ablations.",
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

  @Mixin PresetOption source = new PresetOption();

  @Option(
      names = "--mode",
      defaultValue = "bilevel",
      description =
          "how UMM is trained: bilevel, after pre-training (Eq. 8); joint, an ordinary step of the"
              + " whole network and a step of UMM in turn (\"X & UMM\" of Table 10);"
              + " single-level, after pre-training with the terms of both levels minimized at once"
              + " by the outer level's steps (default: ${DEFAULT-VALUE})")
  UmmMode mode;

  @Option(
      names = "--epochs",
      defaultValue = "50",
      description =
          "epochs of pre-training, of joint training with --mode joint (default: ${DEFAULT-VALUE})")
  int epochs;

  @Option(
      names = "--umm-epochs",
      defaultValue = "4",
      description =
          "epochs of UMM after pre-training; there are none with --mode joint (default:"
              + " ${DEFAULT-VALUE})")
  int ummEpochs;

  @Option(
      names = "--weights",
      paramLabel = "FILE",
      description =
          "start from these weights: instead of pre-training, or joint training from them instead"
              + " of random ones")
  Path weights;

  @Override
  public Integer call() {
    Numbers.atLeastOne("--epochs", epochs);
    Numbers.atLeastOne("--umm-epochs", ummEpochs);
    requireConsistent();
    try (Experiment workspace = Experiment.open(setup, method, source.preset, epochs)) {
      int steps = repairEpochs() * workspace.stepsPerEpoch();
      Experiment.UmmRun repair = workspace.umm(mode, draws -> umm.settings(draws, steps));
      if (weights != null) {
        workspace.resume(weights);
      }
      try (Run run = Run.begin(spec, out.folder, workspace)) {
        return run(run, workspace, repair);
      }
    }
  }

  /** The epochs of UMM, by itself or with ordinary steps between. */
  private int repairEpochs() {
    return mode == UmmMode.JOINT ? epochs : ummEpochs;
  }

  private void requireConsistent() {
    if (mode == UmmMode.JOINT) {
      refuse(
          List.of("--umm-epochs"),
          "with --mode joint each epoch has both kinds of steps",
          "--epochs was meant.");
    } else if (weights != null) {
      refuse(
          List.of("--epochs"),
          "with --weights nothing is pre-trained",
          "--umm-epochs or --mode joint was meant.");
    }
    if (mode == UmmMode.SINGLE_LEVEL) {
      refuse(
          UmmOptions.INNER,
          "with --mode single-level there is no inner level",
          "--mode bilevel was meant.");
    }
  }

  /** Options that mean nothing here must not be given. */
  private void refuse(List<String> options, String reason, String advice) {
    for (String option : options) {
      if (spec.commandLine().getParseResult().hasMatchedOption(option)) {
        throw UsageError.in(option).because("%s", reason).maybe("%s", advice);
      }
    }
  }

  private int run(Run run, Experiment workspace, Experiment.UmmRun repair) {
    PrintWriter printer = spec.commandLine().getOut();
    if (weights == null && mode != UmmMode.JOINT) {
      note(run, "pretrain", workspace.pretrain(run.training("pretrain")));
      run.saveWeights("pretrained.safetensors");
    }
    Comparison comparison = new Comparison(workspace, umm.early);
    if (!run.isInterrupted()) {
      comparison.measure(mode.before(weights != null));
      printer.print(repair.problem());
      printer.flush();
      note(run, mode.phase(), repair.run(repairEpochs(), run.training(mode.phase())));
      run.saveWeights("weights.safetensors");
    }
    if (!run.isInterrupted()) {
      comparison.measure(mode.after() + umm.ablation());
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
