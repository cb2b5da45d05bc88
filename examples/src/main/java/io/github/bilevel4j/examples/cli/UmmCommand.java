package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Iterables;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.examples.report.Table;
import io.github.bilevel4j.examples.ssl.recipe.BuiltInMethod;
import io.github.bilevel4j.examples.umm.UmmTraining;
import io.github.bilevel4j.experiment.Experiment;
import io.github.bilevel4j.experiment.ExperimentSettings;
import io.github.bilevel4j.monitor.Monitor;
import io.github.bilevel4j.run.Training.Outcome;
import io.github.bilevel4j.ssl.MethodRecipe;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Pre-trains an encoder, undoes its memorization, and compares before and after. */
@Command(
    name = "umm",
    description =
        "Pre-trains a self-supervised encoder, runs UMM on the layers after the early stage and"
            + " prints accuracies and coding-rate reductions before and after. With --mode the"
            + " trainings that the paper compares with it; with --alpha 0 or --beta 0 its"
            + " ablations. Without any option, a demonstration on drawn pictures, of two"
            + " minutes: the same as reproduce demo --out runs/demo.")
final class UmmCommand extends PrintingCommand implements TrainingCommand, Planned {
  @Mixin TrainingOptions options = new TrainingOptions();

  @Mixin UmmOptions umm = new UmmOptions();

  @Option(
      names = "--method",
      description =
          "the self-supervised method, see list, or a FILE.java or the full name of a class (default: ${DEFAULT-VALUE})")
  MethodRecipe method = BuiltInMethod.SIMCLR;

  @Option(
      names = "--mode",
      description =
          "how UMM is trained: bilevel, after pre-training (Eq. 8); joint, an ordinary step of the"
              + " whole network and a step of UMM in turn (\"X & UMM\" of Table 10);"
              + " single-level, after pre-training with the terms of both levels minimized at once"
              + " by the outer level's steps; and repairs beyond the paper, after pre-training:"
              + " inner-solution, UMM whose result are the inner weights; held-out, self-supervised"
              + " steps whose augmentations, constraint weight and weight decay are learned by the"
              + " loss of a tenth of the images, which is held out; proximal, such steps with a"
              + " learned pull to the weights before for each stage; picture-weights, such steps"
              + " with a learned weight of each image (default: ${DEFAULT-VALUE})")
  UmmMode mode = UmmMode.BILEVEL;

  @Option(
      names = "--epochs",
      description =
          "epochs of pre-training, of joint training with --mode joint (default: ${DEFAULT-VALUE})")
  int epochs = 50;

  @Option(
      names = "--umm-epochs",
      description =
          "epochs of UMM after pre-training; there are none with --mode joint (default:"
              + " ${DEFAULT-VALUE})")
  int ummEpochs = 4;

  @Option(
      names = "--weights",
      paramLabel = "FILE",
      description =
          "start from these weights, of a run or of another program as import takes them: instead"
              + " of pre-training, or joint training from them instead of random ones")
  Path weights;

  @Option(
      names = "--controls",
      description =
          "also make, from the same weights and with as many steps, the trainings that UMM has to be"
              + " better than: ordinary self-supervised steps of the same layers (ssl-steps), the"
              + " same with strong views (strong-views), UMM without each of its terms (alpha-0,"
              + " beta-0), and with all terms in one level (single-level); with --mode held-out,"
              + " proximal and picture-weights a grid of fixed values in place of UMM's")
  boolean controls;

  @Mixin RepairOptions repairs = new RepairOptions();

  @Mixin ReplicaOptions replicas = new ReplicaOptions();

  @Mixin MonitorOptions monitoring = new MonitorOptions();

  @Mixin ForeignOptions foreign = new ForeignOptions();

  @Override
  public Integer call() {
    if (spec.commandLine().getParseResult().matchedArgs().isEmpty()) {
      return demonstration();
    }
    Require.in("--umm-epochs").atLeast(1, "value", ummEpochs);
    requireConsistent();
    repairs.check();
    OptionalInt launched = replicas.launched(this, options.setup.device, options.setup.batch);
    if (launched.isPresent()) {
      return launched.getAsInt();
    }
    Optional<WeightsOption> start = start();
    ExperimentSettings settings = settings();
    try (Engine engine = replicas.open(this, options.setup.device, settings)) {
      Experiment experiment = Experiment.of(settings, engine);
      UmmMode.Site site = site(experiment);
      UmmTraining planned = mode.training(site);
      start.ifPresent(option -> option.into(experiment, Experiment::resume, this::print));
      // Steps of UMM that a budget has no room for are refused before the pre-training.
      UmmTraining training = options.setup.device.memory == null ? planned : planned.compiled();
      Comparison comparison =
          new Comparison(experiment, umm.early, options.setup.device::openAnother);
      Optional<Monitor> monitor = monitoring.of(experiment, options.setup.device);
      return CommandRun.of(
          this,
          options.run,
          experiment,
          run -> {
            monitor.ifPresent(made -> run.watch(made, Optional.empty()));
            run(run, training, site, comparison);
          });
    }
  }

  /** What a new user runs first. */
  private int demonstration() {
    print("umm without options is a demonstration: reproduce demo. umm --help tells its options.");
    CommandLine line = spec.commandLine();
    return CommandOptions.program()
        .run(line.getOut(), line.getErr(), "reproduce", "demo", "--out", "runs/demo");
  }

  private UmmMode.Site site(Experiment experiment) {
    int steps = epochsOfUmm() * experiment.stepsPerEpoch();
    if (!isGiven("--estimator")) {
      umm.estimator = mode.estimator();
    }
    return new UmmMode.Site(
        experiment,
        monitoring.heldOut(),
        draws -> repairs.on(umm.settings(draws, mode.deployedSteps(steps, umm.steps)), experiment));
  }

  private Optional<WeightsOption> start() {
    return Optional.ofNullable(weights).map(path -> new WeightsOption(path, foreign));
  }

  @Override
  public DeviceOptions device() {
    return options.setup.device;
  }

  @Override
  public ExperimentSettings settings() {
    ExperimentSettings plain = monitoring.on(options.settings(method, epochs), mode.needsHeldOut());
    return start().map(option -> option.on(plain)).orElse(plain);
  }

  @Override
  public ImmutableList<Phase> plan(boolean isMeasured) {
    ExperimentSettings settings =
        monitoring.on(options.settings(method, epochs), mode.needsHeldOut());
    try (Engine engine = options.setup.device.open()) {
      Experiment experiment = Experiment.of(settings, engine);
      UmmMode.Site site = site(experiment);
      Comparison comparison =
          new Comparison(experiment, umm.early, options.setup.device::openAnother);
      ImmutableList.Builder<Phase> phases = ImmutableList.builder();
      List<Supplier<UmmTraining>> trainings = new ArrayList<>();
      if (controls) {
        trainings.addAll(mode.controls(site).values());
      }
      trainings.add(() -> mode.training(site));
      Optional<Monitor> monitor = monitoring.of(experiment, options.setup.device);
      for (Supplier<UmmTraining> training : trainings) {
        phases.add(Phase.of(experiment, training.get().task(), epochsOfUmm(), isMeasured));
        monitor.ifPresent(made -> phases.add(Phase.monitored(made, epochsOfUmm(), isMeasured)));
      }
      return phases
          .add(Phase.evaluations(1 + trainings.size(), comparison::evaluate, isMeasured))
          .build();
    }
  }

  /** The epochs of UMM, by itself or with ordinary steps between. */
  private int epochsOfUmm() {
    return mode == UmmMode.JOINT ? epochs : ummEpochs;
  }

  @Override
  public void requireConsistent() {
    options.run.check();
    if (mode == UmmMode.JOINT || mode == UmmMode.SINGLE_LEVEL) {
      refuse(
          List.of("--controls"),
          "with --mode " + mode + " UMM itself is not compared",
          "--mode bilevel was meant.");
    }
    if (mode.needsHeldOut()) {
      refuse(
          UmmOptions.TERMS,
          "with --mode " + mode + " there are none of UMM's terms",
          "--mode bilevel was meant.");
    } else {
      refuse(
          List.of(RepairOptions.HYPER_RATE),
          "with --mode " + mode + " nothing is learned beside weights",
          "--mode held-out, proximal or picture-weights was meant.");
    }
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
    if (weights == null) {
      refuse(
          List.of("--prefix", "--normalized-by"),
          "there are no weights of another program",
          "--weights FILE was meant.");
    }
    if (mode == UmmMode.SINGLE_LEVEL) {
      refuse(
          Iterables.concat(UmmOptions.INNER, List.of(RepairOptions.INNER_VIEWS)),
          "with --mode single-level there is no inner level",
          "--mode bilevel was meant.");
    }
  }

  /** Options that mean nothing here must not be given. */
  private void refuse(Iterable<String> meaningless, String reason, String advice) {
    for (String option : meaningless) {
      if (isGiven(option)) {
        throw UsageError.in(option).because("%s", reason).maybe("%s", advice);
      }
    }
  }

  private boolean isGiven(String option) {
    return spec.commandLine().getParseResult().hasMatchedOption(option);
  }

  private void run(CommandRun run, UmmTraining training, UmmMode.Site site, Comparison comparison) {
    Experiment experiment = site.experiment();
    Optional<HeldOutLoss> heldOutLoss = heldOutLoss(site);
    if (weights == null && mode != UmmMode.JOINT) {
      note(run, "pretrain", pretrained(run, experiment));
    }
    if (!run.isInterrupted()) {
      String before = mode.before(weights != null);
      comparison.measure(before, run);
      heldOutLoss.ifPresent(loss -> loss.measure(before, run));
      if (controls) {
        compare(run, site, comparison, heldOutLoss);
      }
    }
    if (!run.isInterrupted()) {
      print(training.problem().stripTrailing());
      note(
          run,
          mode.phase(),
          run.train(
              mode.phase(), "weights.safetensors", loop -> training.run(epochsOfUmm(), loop)));
    }
    if (!run.isInterrupted()) {
      comparison.measure(mode.after() + ablation(), run);
      print(comparison);
      heldOutLoss.ifPresent(
          loss -> {
            loss.measure(mode.after(), run);
            print(loss);
          });
      report(run, training.learnedValues());
    }
    run.note("table", comparison.rows());
  }

  /** The terms that are left out, where there are any. */
  private String ablation() {
    return mode.needsHeldOut() ? "" : umm.ablation();
  }

  private Optional<HeldOutLoss> heldOutLoss(UmmMode.Site site) {
    return mode.needsHeldOut()
        ? site.heldOut()
            .map(images -> HeldOutLoss.of(site.experiment(), images, options.setup.device))
        : Optional.empty();
  }

  private void report(CommandRun run, Map<String, Double> learned) {
    if (!learned.isEmpty()) {
      run.note("learned", learned);
      Table table = Table.of("learned", "value");
      for (Map.Entry<String, Double> entry : learned.entrySet()) {
        table = table.formatted("%s|%.4g", entry.getKey(), entry.getValue());
      }
      print(table);
    }
  }

  /** Each control from the weights that are there now, which are there again in the end. */
  private void compare(
      CommandRun run, UmmMode.Site site, Comparison comparison, Optional<HeldOutLoss> heldOutLoss) {
    StartWeights start = StartWeights.of(site.experiment(), run);
    mode.controls(site)
        .forEach(
            (name, control) -> {
              if (!run.isInterrupted()) {
                start.restore();
                UmmTraining training = control.get();
                String file = name + ".safetensors";
                note(run, name, run.train(name, file, loop -> training.run(ummEpochs, loop)));
              }
              if (!run.isInterrupted()) {
                comparison.measure(name, run);
                heldOutLoss.ifPresent(loss -> loss.measure(name, run));
              }
            });
    if (!run.isInterrupted()) {
      start.restore();
    }
  }

  private Outcome pretrained(CommandRun run, Experiment experiment) {
    return run.train(
        "pretrain",
        "pretrained.safetensors",
        training -> experiment.run(experiment.pretraining(), epochs, training));
  }

  private void note(CommandRun run, String phase, Outcome outcome) {
    double seconds = outcome.time().toMillis() / 1000.0;
    run.note(phase + " steps", outcome.steps());
    run.note(phase + " seconds", seconds);
    run.note(phase + " last", outcome.last());
    print("%s: %d steps in %.0f s", phase, outcome.steps(), seconds);
  }
}
