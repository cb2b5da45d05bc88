package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.eval.CodingRateReduction;
import io.github.bilevel4j.eval.FeatureExtractor;
import io.github.bilevel4j.eval.Features;
import io.github.bilevel4j.eval.LinearProbe;
import io.github.bilevel4j.eval.NeighborGrid;
import io.github.bilevel4j.examples.report.Table;
import io.github.bilevel4j.experiment.Experiment;
import io.github.bilevel4j.experiment.ExperimentSettings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Evaluates the features of saved weights. */
@Command(
    name = "probe",
    description =
        "Evaluates saved weights: linear probe, nearest neighbors and coding-rate reduction of every"
            + " stage, on the test part.")
final class ProbeCommand extends PrintingCommand implements Planned {
  private static final String FILE = "probe.csv";

  @Mixin SavedEncoderOptions encoder = new SavedEncoderOptions();

  @Mixin ProbeOptions linear = new ProbeOptions();

  @Option(
      names = "--neighbors",
      split = ",",
      paramLabel = "K",
      description =
          "numbers of nearest neighbors that vote: 5 by majority in Euclidean distance, others, for"
              + " instance 20,200, in cosine distance with weights exp(cos / temperature) (default:"
              + " 5)")
  private List<Integer> neighbors = ImmutableList.of(5);

  @Option(
      names = "--temperature",
      paramLabel = "T",
      description = "of the weights of neighbors (default: ${DEFAULT-VALUE})")
  private double temperature = 0.1;

  @Option(
      names = "--stages",
      split = ",",
      paramLabel = "STAGE",
      description = "the stages (default: all)")
  private List<String> stages;

  @Mixin ResultsOption results = new ResultsOption();

  /** What was found at a stage. */
  private record Row(
      String stage,
      int dimension,
      LinearProbe.Outcome linear,
      ImmutableSortedMap<Integer, NeighborGrid.Outcome> neighbors,
      double reduction) {}

  @Override
  public Integer call() {
    requireConsistent();
    NeighborGrid grid = new NeighborGrid(ImmutableSortedSet.copyOf(neighbors), temperature);
    ExperimentSettings settings = encoder.settings("probe");
    grid.requireEnough(settings.data().train().count());
    try (Engine engine = encoder.setup.device.open()) {
      Experiment experiment = encoder.experiment(settings, engine, this::print);
      ImmutableSet<String> chosen = chosen(experiment);
      results.keep(this, experiment, () -> found(experiment, chosen, grid));
      return 0;
    }
  }

  @Override
  public DeviceOptions device() {
    return encoder.setup.device;
  }

  @Override
  public void requireConsistent() {
    linear.check();
  }

  @Override
  public ImmutableList<Phase> plan(boolean isMeasured) {
    NeighborGrid grid = new NeighborGrid(ImmutableSortedSet.copyOf(neighbors), temperature);
    ExperimentSettings settings = encoder.untrained("probe");
    grid.requireEnough(settings.data().train().count());
    try (Engine engine = device().open()) {
      Experiment experiment = Experiment.of(settings, engine);
      ImmutableSet<String> chosen = chosen(experiment);
      return ImmutableList.of(
          Phase.evaluations(1, () -> found(experiment, chosen, grid), isMeasured));
    }
  }

  private ImmutableSet<String> chosen(Experiment experiment) {
    ImmutableSet<String> chosen =
        ImmutableSet.copyOf(stages == null ? experiment.encoder().stages() : stages);
    experiment.extractor().check(chosen, experiment.data().train());
    return chosen;
  }

  private ResultsOption.Found found(
      Experiment experiment, ImmutableSet<String> chosen, NeighborGrid grid) {
    FeatureExtractor extractor = experiment.extractor();
    Map<String, Features> train = extractor.features(chosen, experiment.data().train());
    Map<String, Features> test = extractor.features(chosen, experiment.data().test());
    List<Row> rows = new ArrayList<>();
    for (String stage : chosen) {
      // Each with an engine of its own, which lets go of the features with it.
      try (Engine own = encoder.setup.device.openAnother()) {
        rows.add(
            new Row(
                stage,
                train.get(stage).dimension(),
                linear.probe(experiment.seed()).fit(own, train.get(stage), test.get(stage)),
                grid.accuracies(own, train.get(stage), test.get(stage)),
                CodingRateReduction.on(own).of(train.get(stage))));
      }
    }
    Csv csv = csv(rows);
    print(
        "linear probe %s; %,d train and %,d test images",
        linear.protocol, experiment.data().train().count(), experiment.data().test().count());
    print(table(rows));
    return new ResultsOption.Found(
        ImmutableMap.of(
            "protocol",
            linear.protocol.toString(),
            "test images",
            experiment.data().test().count(),
            "table",
            csv.rows()),
        FILE,
        csv);
  }

  private static boolean hasTop5(List<Row> rows) {
    return rows.get(0).linear.testTop5().isPresent();
  }

  private static String knn(int k) {
    return "knn" + k;
  }

  private Csv csv(List<Row> rows) {
    ImmutableList.Builder<String> columns = ImmutableList.builder();
    columns.add(
        "layer", "dimension", "protocol", "setting", "linear_top1", "linear_top5", "linear_train");
    for (int k : rows.get(0).neighbors.keySet()) {
      columns.add(knn(k), knn(k) + "_top5");
    }
    Csv csv = new Csv(columns.add("crr").build());
    for (Row row : rows) {
      Map<String, Object> cells = new LinkedHashMap<>();
      cells.put("layer", row.stage);
      cells.put("dimension", row.dimension);
      cells.put("protocol", linear.protocol.toString());
      cells.put("setting", row.linear.setting());
      cells.put("linear_top1", row.linear.testAccuracy());
      Csv.put(cells, "linear_top5", row.linear.testTop5());
      cells.put("linear_train", row.linear.trainAccuracy());
      row.neighbors.forEach(
          (k, outcome) -> {
            cells.put(knn(k), outcome.accuracy());
            Csv.put(cells, knn(k) + "_top5", outcome.top5());
          });
      cells.put("crr", row.reduction);
      csv.add(cells);
    }
    return csv;
  }

  private static Table table(List<Row> rows) {
    boolean top5 = hasTop5(rows);
    ImmutableList.Builder<String> titles = ImmutableList.builder();
    titles.add("features", "dimension", "linear %");
    if (top5) {
      titles.add("top-5 %");
    }
    for (int k : rows.get(0).neighbors.keySet()) {
      titles.add(k + "-NN %");
      if (top5) {
        titles.add("top-5 %");
      }
    }
    titles.add("coding-rate reduction");
    Table table = Table.of(titles.build().toArray(String[]::new));
    for (Row row : rows) {
      ImmutableList.Builder<String> cells = ImmutableList.builder();
      cells.add(row.stage, String.valueOf(row.dimension));
      add(cells, row.linear.testAccuracy(), row.linear.testTop5());
      row.neighbors.values().forEach(each -> add(cells, each.accuracy(), each.top5()));
      cells.add(String.format(Locale.ROOT, "%.4f", row.reduction));
      table = table.row(cells.build().toArray(String[]::new));
    }
    return table;
  }

  private static void add(
      ImmutableList.Builder<String> cells, double accuracy, OptionalDouble top5) {
    cells.add(percent(accuracy));
    top5.ifPresent(share -> cells.add(percent(share)));
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.2f", share);
  }
}
