package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.augment.Normalize;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.data.ImageDataset;
import io.github.bilevel4j.data.LabeledImages;
import io.github.bilevel4j.data.LabeledShare;
import io.github.bilevel4j.eval.Features;
import io.github.bilevel4j.eval.FineTuningProtocol;
import io.github.bilevel4j.eval.LinearProbe;
import io.github.bilevel4j.examples.report.Table;
import io.github.bilevel4j.experiment.Experiment;
import io.github.bilevel4j.experiment.ExperimentSettings;
import io.github.bilevel4j.experiment.FineTuning;
import io.github.bilevel4j.run.Training;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.ssl.Preset;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Trains a saved encoder on few labels. */
@Command(
    name = "finetune",
    description =
        "Semi-supervised evaluation: trains all of a saved encoder with a classifier on few labeled"
            + " images and tests it, beside a linear probe on the same labels.")
final class FinetuneCommand extends PrintingCommand implements Planned {
  /** Below so many per cent, the rates are those for 1 %. */
  private static final double FEW = 5;

  @Mixin SavedEncoderOptions encoder = new SavedEncoderOptions();

  @Mixin RunOptions run = new RunOptions();

  @Option(
      names = "--labels",
      required = true,
      paramLabel = "SHARE|FILE",
      description =
          "the labeled images: a share of each class, 1%% or 10%%, drawn by the seed, or a list as"
              + " --subset takes it")
  private String labels;

  @Option(names = "--epochs", description = "epochs (default: ${DEFAULT-VALUE})")
  private int epochs = 50;

  @Option(
      names = "--encoder-rate",
      paramLabel = "RATE",
      description =
          "first learning rate of the encoder (default: 1e-4 for less than 5%% of the labels, 0.01"
              + " for more and for a list)")
  private Double encoderRate;

  @Option(
      names = "--classifier-rate",
      paramLabel = "RATE",
      description = "first learning rate of the classifier (default: 1.0 and 0.1 likewise)")
  private Double classifierRate;

  @Option(
      names = "--from",
      paramLabel = "LAYER",
      description =
          "puts the classifier behind a layer of the projector, projector/1 for instance, which is"
              + " trained, too (default: behind the encoder)")
  private String from;

  @Option(
      names = "--preset",
      defaultValue = "quick",
      description =
          "with --from, whose sizes of heads the weights have (default: ${DEFAULT-VALUE})")
  private Preset preset;

  /** What is measured at a moment. */
  private record Row(String how, double accuracy, Double top5) {
    Row(String how, double accuracy, OptionalDouble top5) {
      this(how, accuracy, top5.isPresent() ? top5.getAsDouble() : null);
    }

    Map<String, Object> toMap() {
      Map<String, Object> cells = new LinkedHashMap<>();
      cells.put("how", how);
      cells.put("top1", accuracy);
      if (top5 != null) {
        cells.put("top5", top5);
      }
      return cells;
    }
  }

  FinetuneCommand() {
    // The protocol's.
    encoder.setup.batch = 256;
  }

  @Override
  public Integer call() {
    requireConsistent();
    OptionalDouble percent = LabelsChoice.percent("--labels", labels);
    FineTuningProtocol rates = rates(percent);
    if (percent.isEmpty()) {
      takeList();
    }
    ExperimentSettings all = encoder.settings("finetune");
    Optional<int[]> share = share(all, percent);
    ExperimentSettings settings = share.map(taken -> with(all, taken)).orElse(all);
    try (Engine engine = encoder.setup.device.open()) {
      ExperimentSettings small = limited(settings);
      Experiment experiment =
          from == null
              ? encoder.experiment(small, engine, this::print)
              : encoder.withProjector(small.preset(preset), engine, "--from", this::print);
      FineTuning tuning = tuning(experiment, rates);
      return CommandRun.of(
          this,
          run,
          experiment,
          begun -> {
            share.ifPresent(taken -> begun.folder().writeText(listName(), lines(taken)));
            train(begun, experiment, tuning, rates);
          });
    }
  }

  @Override
  public DeviceOptions device() {
    return encoder.setup.device;
  }

  @Override
  public void requireConsistent() {
    run.check();
    Require.in("--epochs").atLeast(1, "value", epochs);
  }

  @Override
  public ImmutableList<Phase> plan(boolean isMeasured) {
    OptionalDouble percent = LabelsChoice.percent("--labels", labels);
    if (percent.isEmpty()) {
      takeList();
    }
    ExperimentSettings all = encoder.untrained("finetune");
    ExperimentSettings settings =
        share(all, percent).map(taken -> with(all, taken)).orElse(all).preset(preset);
    try (Engine engine = encoder.setup.device.open()) {
      Experiment experiment = Experiment.of(limited(settings), engine);
      FineTuning tuning = tuning(experiment, rates(percent));
      return ImmutableList.of(
          Phase.of(experiment, tuning.task(epochs), epochs, isMeasured),
          Phase.evaluations(
              1,
              () -> {
                probe(experiment, tuning);
                tuning.outcome();
              },
              isMeasured));
    }
  }

  private static Optional<int[]> share(ExperimentSettings all, OptionalDouble percent) {
    return percent.isEmpty()
        ? Optional.empty()
        : Optional.of(
            LabeledShare.positions(all.data().train(), percent.getAsDouble() / 100, all.seed()));
  }

  /** With a batch that the labeled images have. */
  private static ExperimentSettings limited(ExperimentSettings settings) {
    return settings.batch(Math.min(settings.batch(), settings.data().train().count()));
  }

  private FineTuning tuning(Experiment experiment, FineTuningProtocol rates) {
    return from == null
        ? FineTuning.of(experiment, rates)
        : FineTuning.behind(experiment, rates, from);
  }

  private void takeList() {
    if (encoder.setup.data.subset != null) {
      throw UsageError.in("--labels")
          .because("two lists are given")
          .value("--subset", encoder.setup.data.subset)
          .value("--labels", labels)
          .maybe("a share, --labels 1%%, of that subset was meant.");
    }
    encoder.setup.data.subset = labels;
  }

  private FineTuningProtocol rates(OptionalDouble percent) {
    FineTuningProtocol published =
        percent.orElse(FEW) < FEW ? FineTuningProtocol.ONE_PERCENT : FineTuningProtocol.TEN_PERCENT;
    return new FineTuningProtocol(
        encoderRate == null ? published.encoderRate() : encoderRate,
        classifierRate == null ? published.classifierRate() : classifierRate);
  }

  /** With the labeled images alone, normalized as all are. */
  private static ExperimentSettings with(ExperimentSettings settings, int[] taken) {
    ImageDataset data = settings.data();
    ImageDataset few =
        new ImageDataset(
            data.train().take(taken),
            data.test(),
            "%s, labels of %,d images".formatted(data.description(), taken.length));
    LabeledImages all = data.train();
    return settings
        .data(few)
        .normalization(
            settings
                .normalization()
                .orElseGet(
                    () ->
                        Normalize.of(
                            Array.vector(all.channelMean()), Array.vector(all.channelStd()))));
  }

  private String listName() {
    return "labels-" + labels.strip().replaceAll("\\s*%", "percent") + ".txt";
  }

  private static String lines(int[] positions) {
    return Arrays.stream(positions)
        .mapToObj(position -> position + "\n")
        .collect(Collectors.joining());
  }

  private void train(
      CommandRun begun, Experiment experiment, FineTuning tuning, FineTuningProtocol rates) {
    LabeledImages labeled = experiment.data().train();
    print(
        "%,d labeled images in %d classes; rates %s of the encoder, %s of the classifier",
        labeled.count(), labeled.classCount(), rates.encoderRate(), rates.classifierRate());
    Row probe = begun.once("linear probe", Row.class, () -> probe(experiment, tuning));
    Training.Outcome outcome =
        begun.train(
            "finetune",
            "weights.safetensors",
            loop -> experiment.run(tuning.task(epochs), epochs, loop));
    begun.note("steps", outcome.steps());
    begun.note("last", outcome.last());
    begun.note("labels", labeled.count());
    begun.note("test images", experiment.data().test().count());
    if (!begun.isInterrupted()) {
      FineTuning.Outcome found = tuning.outcome();
      tuning.saveClassifier(begun.folder().file("classifier.safetensors"));
      tell(begun, probe, new Row("fine-tuned", found.accuracy(), found.top5()));
    }
    print("%d steps in %.0f s", outcome.steps(), outcome.time().toMillis() / 1000.0);
  }

  private Row probe(Experiment experiment, FineTuning tuning) {
    Features train = tuning.frozen(experiment.data().train());
    Features test = tuning.frozen(experiment.data().test());
    try (Engine own = encoder.setup.device.openAnother()) {
      LinearProbe.Outcome found = LinearProbe.newton().fit(own, train, test);
      return new Row("linear probe", found.testAccuracy(), found.testTop5());
    }
  }

  private void tell(CommandRun begun, Row... rows) {
    boolean top5 = rows[0].top5 != null;
    Table table =
        top5
            ? Table.of("labels " + labels, "top-1 %", "top-5 %")
            : Table.of("labels " + labels, "top-1 %");
    for (Row row : rows) {
      table =
          top5
              ? table.formatted("%s|%.2f|%.2f", row.how, row.accuracy, row.top5)
              : table.formatted("%s|%.2f", row.how, row.accuracy);
    }
    print(table);
    begun.note("table", Arrays.stream(rows).map(Row::toMap).toList());
  }
}
