package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.data.ImageDataset;
import io.github.bilevel4j.examples.report.BandChart;
import io.github.bilevel4j.examples.ssl.recipe.BuiltInMethod;
import io.github.bilevel4j.examples.study.LayerReport;
import io.github.bilevel4j.experiment.Experiment;
import io.github.bilevel4j.experiment.ExperimentSettings;
import io.github.bilevel4j.experiment.Guillotine;
import io.github.bilevel4j.experiment.LayerScore;
import io.github.bilevel4j.experiment.LayerScores;
import io.github.bilevel4j.ssl.MethodRecipe;
import io.github.bilevel4j.ssl.Preset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Judges every layer of encoder and heads, and tells where to cut. */
@Command(
    name = "guillotine",
    description =
        "A linear probe, 5-NN and RankMe of every stage of the encoder and every layer of projector"
            + " and predictor: after which layer the network should be cut, and what that gains"
            + " over what enters the loss. The layer is chosen on a tenth of the train part. Written"
            + " to guillotine.csv and guillotine.svg in the run's folder.")
final class GuillotineCommand extends PrintingCommand implements Planned {
  private static final String NAME = "guillotine";

  /** What may be said of runs, whose own settings are kept. */
  private static final ImmutableSet<String> OF_RUNS =
      ImmutableSet.of(
          "--target", "--layers", "--device", "--precision", "--deterministic", "--memory");

  @Parameters(
      arity = "0..*",
      paramLabel = "RUN",
      description = "folders of runs of pretrain or umm that differ in the seed alone")
  private List<Path> runs = List.of();

  @Option(
      names = "--weights",
      paramLabel = "FILE",
      description =
          "in place of runs: weights with a projector, of this or of another program as import takes"
              + " them; what is found is written beside them, or into the folder of --out")
  private Path weights;

  @Option(
      names = "--method",
      description = "the method that --weights were trained with (default: ${DEFAULT-VALUE})")
  private MethodRecipe method = BuiltInMethod.SIMCLR;

  @Option(
      names = "--preset",
      defaultValue = "quick",
      description = "whose sizes of heads --weights have (default: ${DEFAULT-VALUE})")
  private Preset preset;

  @Option(
      names = "--target",
      paramLabel = "DATA",
      description =
          "also judge the layers by the classes of other data, given as --data is; pictures of another"
              + " size are brought to that of the run's")
  private String target;

  @Option(
      names = "--layers",
      split = ",",
      paramLabel = "LAYER",
      description = "some layers, with projector/out always (default: all)")
  private List<String> layers;

  @Mixin private ResultsOption results = new ResultsOption();

  @Mixin private SetupOptions setup = new SetupOptions();

  @Mixin private ForeignOptions foreign = new ForeignOptions();

  @Override
  public Integer call() {
    if (runs.isEmpty() == (weights == null)) {
      throw UsageError.in(NAME)
          .because(weights == null ? "no run is named" : "runs and weights are named")
          .maybe("the folder of a run of pretrain or umm was meant, or --weights FILE.");
    }
    if (weights != null) {
      WeightsOption option = new WeightsOption(weights, foreign);
      ExperimentSettings settings = option.on(setup.settings(method).preset(preset));
      Path base = results.folder().map(folder -> folder.resolve(NAME)).orElse(base(weights));
      show(ImmutableList.of(judged(settings, option, base)), base);
      return 0;
    }
    refuseSettings();
    List<SavedRun> saved = runs.stream().map(SavedRun::of).toList();
    saved.forEach(run -> saved.get(0).requireLike(run));
    ImmutableList.Builder<LayerScores> scores = ImmutableList.builder();
    for (SavedRun run : saved) {
      if (runs.size() > 1) {
        print("run     " + run.folder());
      }
      if (run.hasHeadsOfBefore()) {
        print("heads   as before UMM, which left them and their running statistics as they were");
      }
      scores.add(
          judged(
              run.settings(this::warn),
              new WeightsOption(run.weights(), foreign),
              base(run.folder())));
    }
    show(scores.build(), base(runs.get(0)));
    return 0;
  }

  @Override
  public DeviceOptions device() {
    return setup.device;
  }

  /** Of weights; a run is there already. */
  @Override
  public ImmutableList<Phase> plan(boolean isMeasured) {
    try (Engine engine = setup.device.open()) {
      Experiment experiment = Experiment.of(setup.settings(method).preset(preset), engine);
      Guillotine guillotine = guillotine(experiment);
      return ImmutableList.of(Phase.evaluations(1, guillotine::measured, isMeasured));
    }
  }

  private Guillotine guillotine(Experiment experiment) {
    Guillotine all = Guillotine.of(experiment, setup.device::openAnother);
    Guillotine guillotine = layers == null ? all : all.only(layers);
    guillotine.requireUsable(experiment.data());
    return guillotine;
  }

  private void refuseSettings() {
    for (OptionSpec option : spec.commandLine().getParseResult().matchedOptions()) {
      if (!OF_RUNS.contains(option.longestName())) {
        throw UsageError.in(option.longestName())
            .because("the settings of a run are those that it was begun with")
            .maybe("it belongs to --weights FILE.");
      }
    }
  }

  /** What names of the files begin with that belong to a run's folder, or to weights. */
  static Path base(Path source) {
    return Files.isDirectory(source)
        ? source.resolve(NAME)
        : source.resolveSibling(
            source.getFileName().toString().replaceFirst("\\.[^.]*$", "") + "." + NAME);
  }

  /** The file of scores that belongs to a run's folder, or to weights. */
  static Path scores(Path source) {
    return withEnding(base(source), ".csv");
  }

  private static Path withEnding(Path base, String ending) {
    return base.resolveSibling(base.getFileName() + ending);
  }

  private LayerScores judged(ExperimentSettings settings, WeightsOption option, Path base) {
    try (Engine engine = setup.device.open()) {
      Experiment experiment = Experiment.of(settings, engine);
      Guillotine guillotine = guillotine(experiment);
      Optional<ImageDataset> other = Optional.ofNullable(target).map(data -> read(data, settings));
      other.ifPresent(guillotine::requireUsable);
      option.withProjector(experiment, NAME, this::print);
      guillotine.requireTrainedHeads();
      print("layers  " + String.join(", ", guillotine.layers()));
      AtomicReference<LayerScores> found = new AtomicReference<>();
      results.keep(
          this,
          experiment,
          () -> {
            List<LayerScore> scores = new ArrayList<>(guillotine.measured());
            other.ifPresent(data -> scores.addAll(guillotine.measured(name(target), data)));
            found.set(new LayerScores(ImmutableList.copyOf(scores)));
            return new ResultsOption.Found(summary(found.get()), LayerScores.FILE, found.get());
          });
      if (results.folder().isEmpty()) {
        found.get().write(withEnding(base, ".csv"));
      }
      return found.get();
    }
  }

  private static ImmutableMap<String, ?> summary(LayerScores scores) {
    return scores.targets().stream()
        .collect(
            ImmutableMap.toImmutableMap(
                each -> each,
                each ->
                    ImmutableMap.of(
                        "best", scores.best(each).layer(),
                        "top1", scores.best(each).top1(),
                        "cut gain", scores.gain(each, scores.best(each).layer()))));
  }

  /** What data are called in tables: the last name of their path. */
  private static String name(String source) {
    return Path.of(source).getFileName().toString();
  }

  private static ImageDataset read(String source, ExperimentSettings settings) {
    if (name(source).equals(LayerScores.OWN) || name(source).equals(LayerScores.SHIFTED)) {
      throw UsageError.in("--target")
          .because("\"%s\" is the name of another target", name(source))
          .maybe("it should be renamed.");
    }
    DataOption data = new DataOption();
    data.source = source;
    ImageDataset read = data.read();
    int side = settings.data().train().height();
    if (read.train().height() == side && read.train().width() == side) {
      return read;
    }
    data.imageSize = side;
    return data.read();
  }

  private void show(ImmutableList<LayerScores> scores, Path base) {
    LayerReport report = new LayerReport(scores);
    for (String each : scores.get(0).targets()) {
      print("");
      print(LayerReport.heading(each));
      print(report.table(each));
      print(report.summary(each));
    }
    Path picture = withEnding(base, ".svg");
    BandChart.write(
        picture, "layer", ImmutableList.of(report.panel("top-1 accuracy of a linear probe, %")));
    print("");
    print("written to %s and %s", withEnding(base, ".csv"), picture);
  }
}
