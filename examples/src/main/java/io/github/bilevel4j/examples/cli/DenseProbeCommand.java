package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.check.FileNames;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.data.DetectionDataset;
import io.github.bilevel4j.data.VocFolder;
import io.github.bilevel4j.examples.report.Table;
import io.github.bilevel4j.experiment.DenseProbe;
import io.github.bilevel4j.experiment.Experiment;
import io.github.bilevel4j.experiment.ExperimentSettings;
import io.github.bilevel4j.run.Training;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Finds objects in the frozen maps of saved weights. */
@Command(
    name = "dense-probe",
    description =
        "Transfer to detection, in small: a linear map from each place of a frozen feature map to the"
            + " class and box of an object, and its average precision at an overlap of one half. It"
            + " is no detector: the numbers are not those of Faster R-CNN. --data is a folder or zip"
            + " file in the format of PASCAL VOC; each picture is resized to a square of"
            + " --image-size.")
final class DenseProbeCommand extends PrintingCommand implements Planned {
  private static final String FILE = "dense-probe.csv";
  private static final int SIDE = 160;

  @Mixin SavedEncoderOptions encoder = new SavedEncoderOptions();

  @Option(names = "--epochs", description = "epochs (default: ${DEFAULT-VALUE})")
  private int epochs = 30;

  @Option(names = "--stage", description = "whose map is probed (default: the last with a map)")
  private String stage;

  @Option(
      names = "--untrained",
      description = "also the same encoder with random weights, which the saved ones have to beat")
  private boolean untrained;

  @Mixin ResultsOption results = new ResultsOption();

  DenseProbeCommand() {
    encoder.setup.batch = 16;
  }

  @Override
  public Integer call() {
    requireConsistent();
    DetectionDataset data = read();
    ExperimentSettings settings = encoder.settings(data.images());
    try (Engine engine = encoder.setup.device.open()) {
      Experiment experiment = encoder.experiment(settings, engine, this::print);
      String probed = probed(experiment);
      DenseProbe probe = DenseProbe.of(experiment, data, probed);
      results.keep(this, experiment, () -> found(probe, probed, data, settings));
      return 0;
    }
  }

  @Override
  public DeviceOptions device() {
    return encoder.setup.device;
  }

  @Override
  public void requireConsistent() {
    Require.in("--epochs").atLeast(1, "value", epochs);
  }

  /** With {@code --untrained} both are made twice. */
  @Override
  public ImmutableList<Phase> plan(boolean isMeasured) {
    DetectionDataset data = read();
    try (Engine engine = encoder.setup.device.open()) {
      Experiment experiment =
          Experiment.of(encoder.setup.settings(encoder.method, data.images()), engine);
      DenseProbe probe = DenseProbe.of(experiment, data, probed(experiment));
      int times = untrained ? 2 : 1;
      return ImmutableList.of(
          Phase.of(experiment, probe.task(epochs), times * epochs, isMeasured),
          Phase.evaluations(times, probe::outcome, isMeasured));
    }
  }

  private String probed(Experiment experiment) {
    return stage == null
        ? DenseProbe.stages(experiment).reverse().stream().findFirst().orElse("")
        : stage;
  }

  private DetectionDataset read() {
    DataOption option = encoder.setup.data;
    FileNames.requireWhole("--data", option.source);
    option.choices().keySet().stream()
        .filter(name -> !name.equals("image-size"))
        .findFirst()
        .ifPresent(
            name -> {
              throw UsageError.in("--" + name)
                  .because("lists of detection data are in their folder ImageSets/Main")
                  .maybe("leave it out.");
            });
    return option.imageSize == null
        ? read(option.source)
        : VocFolder.read(Path.of(option.source), option.imageSize);
  }

  /** Pictures with boxes at the size that they have where none is chosen. */
  static DetectionDataset read(String source) {
    return VocFolder.read(Path.of(source), SIDE);
  }

  private ResultsOption.Found found(
      DenseProbe probe, String probed, DetectionDataset data, ExperimentSettings settings) {
    print("data    " + data.description());
    Map<String, DenseProbe.Outcome> outcomes = new LinkedHashMap<>();
    outcomes.put("saved", probe.run(epochs, loop()));
    if (untrained) {
      try (Engine own = encoder.setup.device.openAnother()) {
        outcomes.put(
            "untrained",
            DenseProbe.of(Experiment.of(settings, own), data, probed).run(epochs, loop()));
      }
    }
    print(table(outcomes, probed, data));
    Csv csv = csv(outcomes, probed, data);
    return new ResultsOption.Found(
        ImmutableMap.of(
            "stage", probed,
            "epochs", epochs,
            "test images", data.test().images().count(),
            "test boxes", data.test().count(),
            "table", csv.rows()),
        FILE,
        csv);
  }

  private static Training loop() {
    return Training.named("dense-probe").progress(progress());
  }

  private static Table table(
      Map<String, DenseProbe.Outcome> outcomes, String probed, DetectionDataset data) {
    ImmutableList.Builder<String> titles = ImmutableList.builder();
    titles.add(probed, "mean AP50 %");
    data.classNames().forEach(name -> titles.add(name + " %"));
    Table table = Table.of(titles.build().toArray(String[]::new));
    for (String weights : outcomes.keySet()) {
      DenseProbe.Outcome outcome = outcomes.get(weights);
      ImmutableList.Builder<String> cells = ImmutableList.builder();
      cells.add(weights, text(outcome.mean()));
      outcome.each().forEach(precision -> cells.add(text(precision)));
      table = table.row(cells.build().toArray(String[]::new));
    }
    return table;
  }

  private static String text(double precision) {
    return Double.isNaN(precision) ? "" : String.format(Locale.ROOT, "%.2f", precision);
  }

  private static Csv csv(
      Map<String, DenseProbe.Outcome> outcomes, String probed, DetectionDataset data) {
    Csv csv = new Csv(ImmutableList.of("weights", "layer", "class", "ap50"));
    outcomes.forEach(
        (weights, outcome) -> {
          csv.add(row(weights, probed, "mean", outcome.mean()));
          for (int label = 0; label < data.classNames().size(); label++) {
            csv.add(row(weights, probed, data.classNames().get(label), outcome.each().get(label)));
          }
        });
    return csv;
  }

  private static Map<String, Object> row(
      String weights, String probed, String name, double precision) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("weights", weights);
    row.put("layer", probed);
    row.put("class", name);
    if (!Double.isNaN(precision)) {
      row.put("ap50", precision);
    }
    return row;
  }
}
