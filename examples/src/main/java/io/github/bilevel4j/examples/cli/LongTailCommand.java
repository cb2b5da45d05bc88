package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.math.Stats;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.data.ImageDataset;
import io.github.bilevel4j.data.LabeledImages;
import io.github.bilevel4j.data.LabeledShare;
import io.github.bilevel4j.eval.ClassGroups;
import io.github.bilevel4j.eval.FeatureExtractor;
import io.github.bilevel4j.eval.Features;
import io.github.bilevel4j.eval.LinearProbe;
import io.github.bilevel4j.eval.LongTailScores;
import io.github.bilevel4j.examples.report.Table;
import io.github.bilevel4j.experiment.Experiment;
import io.github.bilevel4j.experiment.ExperimentSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Evaluates an encoder that was trained on a long-tailed part. */
@Command(
    name = "longtail",
    description =
        "Evaluates an encoder that was pre-trained on a long-tailed list, --subset: a linear probe"
            + " learns from all of the train part or few images of each class, and is tested by"
            + " class; many, medium and few are the classes by their numbers in that list."
            + " Accuracies are in per cent, balancedness (over the groups) and class std are"
            + " standard deviations of fractions.")
final class LongTailCommand extends PrintingCommand implements Planned {
  private static final String FILE = "longtail.csv";
  private static final String FULL = "full";

  private static final ImmutableList<String> COLUMNS =
      ImmutableList.of(
          "seed",
          "split",
          "shots",
          "accuracy",
          "many",
          "medium",
          "few",
          "balancedness",
          "class_std");

  @Mixin SavedEncoderOptions encoder = new SavedEncoderOptions();

  @Mixin ProbeOptions linear = new ProbeOptions();

  @Option(
      names = "--shots",
      split = ",",
      paramLabel = "SHOTS",
      description =
          "what the probe learns from: full (the whole train part), a share of each class, for"
              + " instance 1%%, or lists as --subset takes them (default: full,1%%)")
  private List<String> shots = ImmutableList.of(FULL, "1%");

  @Option(
      names = "--draws",
      paramLabel = "N",
      description = "draws of each share, by the seeds from --seed on (default: ${DEFAULT-VALUE})")
  private int draws = 1;

  @Option(
      names = "--groups",
      paramLabel = "thirds|counts",
      description =
          "thirds of the classes, as for CIFAR-LT, or counts, as for ImageNet-LT: more than 100"
              + " images, 20 to 100, fewer (default: thirds)")
  private Groups groups = Groups.THIRDS;

  @Option(names = "--stage", description = "whose features are probed (default: the last)")
  private String stage;

  @Mixin ResultsOption results = new ResultsOption();

  /** How classes are grouped. */
  enum Groups {
    THIRDS,
    COUNTS
  }

  /** What a probe learns from. */
  private record Learned(String shots, long seed, LabeledImages train) {}

  /**
   * What is to be evaluated.
   *
   * @param tail the pictures of the long tail
   */
  private record Evaluation(
      ExperimentSettings settings, LabeledImages tail, List<Learned> learned) {}

  /**
   * How a probe did.
   *
   * @param setting its first rate or weight decay, the one that was chosen if several were given
   */
  private record Row(Learned of, double setting, LongTailScores scores) {}

  @Override
  public Integer call() {
    Evaluation evaluation = evaluation(encoder::settings);
    try (Engine engine = encoder.setup.device.open()) {
      Experiment experiment = encoder.experiment(evaluation.settings, engine, this::print);
      String probed = probed(experiment);
      results.keep(this, experiment, () -> found(experiment, probed, evaluation));
      return 0;
    }
  }

  @Override
  public DeviceOptions device() {
    return encoder.setup.device;
  }

  @Override
  public ImmutableList<Phase> plan(boolean isMeasured) {
    Evaluation evaluation = evaluation(encoder::untrained);
    try (Engine engine = encoder.setup.device.open()) {
      Experiment experiment = Experiment.of(evaluation.settings, engine);
      String probed = probed(experiment);
      return ImmutableList.of(
          Phase.evaluations(1, () -> found(experiment, probed, evaluation), isMeasured));
    }
  }

  /**
   * The pictures of the long tail, and those that probes learn from.
   *
   * @param read reads the pictures as the options tell
   */
  private Evaluation evaluation(Function<String, ExperimentSettings> read) {
    Require.in("--draws").atLeast(1, "value", draws);
    linear.check();
    shots.forEach(each -> LabelsChoice.percent("--shots", each));
    String list = encoder.setup.data.subset;
    boolean isDrawn = encoder.setup.longTail != null;
    if (list == null && !isDrawn) {
      throw UsageError.in("longtail")
          .because("no list tells the numbers of the classes")
          .maybe("--subset with the list of the pre-training was meant, or its --long-tail.");
    }
    ImageDataset data = read.apply("longtail").data();
    LabeledImages tail = isDrawn ? data.pretraining() : data.train();
    encoder.setup.data.subset = null;
    ExperimentSettings settings = read.apply("longtail");
    requireSameClasses(list, settings.data(), tail);
    Evaluation evaluation = new Evaluation(settings, tail, learned(settings));
    encoder.setup.data.subset = list;
    return evaluation;
  }

  private String probed(Experiment experiment) {
    String probed = stage == null ? experiment.encoder().stages().reverse().get(0) : stage;
    experiment.extractor().check(List.of(probed), experiment.data().train());
    return probed;
  }

  private static void requireSameClasses(String list, ImageDataset data, LabeledImages others) {
    if (!others.classNames().equals(data.train().classNames())) {
      throw UsageError.in("longtail")
          .because("%s has other classes than the data", list)
          .value("data", data.train())
          .value("list", others)
          .maybe("the list is of another data set, or --classes has its order.");
    }
  }

  private List<Learned> learned(ExperimentSettings settings) {
    List<Learned> learned = new ArrayList<>();
    LabeledImages all = settings.data().train();
    for (String each : shots) {
      OptionalDouble percent = LabelsChoice.percent("--shots", each);
      if (percent.isPresent()) {
        for (long seed = settings.seed(); seed < settings.seed() + draws; seed++) {
          int[] taken = LabeledShare.positions(all, percent.getAsDouble() / 100, seed);
          learned.add(new Learned(each.strip(), seed, all.take(taken)));
        }
      } else if (each.equals(FULL)) {
        learned.add(new Learned(FULL, settings.seed(), all));
      } else {
        encoder.setup.data.subset = each;
        ImageDataset few = encoder.setup.data.read();
        requireSameClasses(each, settings.data(), few.train());
        learned.add(new Learned(nameOf(each), settings.seed(), few.train()));
      }
    }
    return learned;
  }

  private static String nameOf(String list) {
    return String.valueOf(Path.of(list).getFileName());
  }

  private ClassGroups groups(LabeledImages tail) {
    int[] counts = new int[tail.classCount()];
    Arrays.stream(tail.labels()).forEach(label -> counts[label]++);
    return groups == Groups.THIRDS ? ClassGroups.thirds(counts) : ClassGroups.byCounts(counts);
  }

  private ResultsOption.Found found(Experiment experiment, String probed, Evaluation evaluation) {
    ClassGroups classes = groups(evaluation.tail);
    FeatureExtractor extractor = experiment.extractor();
    Features test = extractor.features(probed, experiment.data().test());
    List<Row> rows = new ArrayList<>();
    for (Learned each : evaluation.learned) {
      Features train = extractor.features(probed, each.train);
      try (Engine own = encoder.setup.device.openAnother()) {
        LinearProbe.Outcome outcome = linear.probe(each.seed).fit(own, train, test);
        rows.add(
            new Row(each, outcome.setting(), classes.scores(outcome.predicted(), test.labels())));
      }
    }
    print(
        "linear probe %s of %s; %d classes with many, %d with a medium number, %d with few images;"
            + " %,d test images",
        linear.protocol,
        probed,
        classes.many().length(),
        classes.medium().length(),
        classes.few().length(),
        test.count());
    print(table(rows));
    Csv csv = csv(rows);
    return new ResultsOption.Found(
        ImmutableMap.of(
            "protocol", linear.protocol.toString(),
            "stage", probed,
            "settings", rows.stream().map(Row::setting).toList(),
            "test images", test.count(),
            "table", csv.rows()),
        FILE,
        csv);
  }

  private Csv csv(List<Row> rows) {
    Csv csv = new Csv(COLUMNS);
    for (Row row : rows) {
      LongTailScores scores = row.scores;
      Map<String, Object> cells = new LinkedHashMap<>();
      cells.put("seed", row.of.seed);
      String list = encoder.setup.data.subset;
      cells.put("split", list == null ? "drawn" : nameOf(list));
      cells.put("shots", row.of.shots);
      cells.put("accuracy", scores.accuracy());
      Csv.put(cells, "many", scores.many());
      Csv.put(cells, "medium", scores.medium());
      Csv.put(cells, "few", scores.few());
      Csv.put(cells, "balancedness", scores.balancedness());
      cells.put("class_std", scores.classDeviation());
      csv.add(cells);
    }
    return csv;
  }

  private Table table(List<Row> rows) {
    Table table =
        Table.of(
            "shots",
            "seed",
            "images",
            "accuracy %",
            "many %",
            "medium %",
            "few %",
            "balancedness",
            "class std");
    for (Row row : rows) {
      table = table.row(cells(row, String.valueOf(row.of.seed)));
    }
    for (String each : draws == 1 ? List.<String>of() : shots) {
      List<Row> drawn = rows.stream().filter(row -> row.of.shots.equals(each.strip())).toList();
      if (drawn.size() > 1) {
        table = table.row(spread(each.strip(), drawn));
      }
    }
    return table;
  }

  private static String[] cells(Row row, String seed) {
    LongTailScores scores = row.scores;
    return new String[] {
      row.of.shots,
      seed,
      String.format(Locale.ROOT, "%,d", row.of.train.count()),
      text("%.2f", OptionalDouble.of(scores.accuracy())),
      text("%.2f", scores.many()),
      text("%.2f", scores.medium()),
      text("%.2f", scores.few()),
      text("%.4f", scores.balancedness()),
      text("%.4f", OptionalDouble.of(scores.classDeviation()))
    };
  }

  /** Means over draws with their standard deviations (divisor n - 1). */
  private static String[] spread(String shots, List<Row> drawn) {
    return new String[] {
      shots,
      drawn.size() + " draws",
      String.format(Locale.ROOT, "%,d", drawn.get(0).of.train.count()),
      spread("%.2f ± %.2f", drawn, scores -> OptionalDouble.of(scores.accuracy())),
      spread("%.2f ± %.2f", drawn, LongTailScores::many),
      spread("%.2f ± %.2f", drawn, LongTailScores::medium),
      spread("%.2f ± %.2f", drawn, LongTailScores::few),
      spread("%.4f ± %.4f", drawn, LongTailScores::balancedness),
      spread("%.4f ± %.4f", drawn, scores -> OptionalDouble.of(scores.classDeviation()))
    };
  }

  private static String spread(
      String format, List<Row> drawn, Function<LongTailScores, OptionalDouble> value) {
    double[] values =
        drawn.stream()
            .map(row -> value.apply(row.scores))
            .filter(OptionalDouble::isPresent)
            .mapToDouble(OptionalDouble::getAsDouble)
            .toArray();
    if (values.length < 2) {
      return "";
    }
    Stats stats = Stats.of(values);
    return String.format(Locale.ROOT, format, stats.mean(), stats.sampleStandardDeviation());
  }

  private static String text(String format, OptionalDouble value) {
    return value.isPresent() ? String.format(Locale.ROOT, format, value.getAsDouble()) : "";
  }
}
