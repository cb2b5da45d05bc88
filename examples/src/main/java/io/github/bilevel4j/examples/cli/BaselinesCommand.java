package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.data.ImageDataset;
import io.github.bilevel4j.eval.Features;
import io.github.bilevel4j.examples.report.Table;
import io.github.bilevel4j.examples.ssl.recipe.BuiltInMethod;
import io.github.bilevel4j.experiment.Experiment;
import io.github.bilevel4j.experiment.Scores;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** What any training should improve upon. */
@Command(
    name = "baselines",
    description =
        "Evaluates what any training should improve upon, the pixels themselves and an untrained"
            + " encoder: linear probe, 5-NN and coding-rate reduction.")
final class BaselinesCommand extends PrintingCommand {
  /** The rows. */
  static final ImmutableList<String> NAMES = ImmutableList.of("raw pixels", "untrained encoder");

  private static final String FILE = "baselines.csv";

  @Mixin SetupOptions setup = new SetupOptions();

  @Mixin ResultsOption results = new ResultsOption();

  @Override
  public Integer call() {
    try (Engine engine = setup.device.open()) {
      Experiment experiment = Experiment.of(setup.settings(BuiltInMethod.SIMCLR), engine);
      experiment.data().requireClasses("baselines");
      experiment.requireScores(experiment.encoder().stages().reverse().subList(0, 1));
      results.keep(this, experiment, () -> found(experiment));
      return 0;
    }
  }

  private ResultsOption.Found found(Experiment experiment) {
    Csv csv =
        new Csv(ImmutableList.of("features", "linear probe", "5-nn", "coding rate reduction"));
    Table table = Table.of("features", "linear %", "5-NN %", "coding-rate reduction");
    for (String name : NAMES) {
      Scores scores = scores(experiment, name.equals(NAMES.get(0)));
      csv.add(
          ImmutableMap.of(
              "features", name,
              "linear probe", scores.linear(),
              "5-nn", scores.neighbors(),
              "coding rate reduction", scores.reduction()));
      table =
          table.formatted(
              "%s|%.2f|%.2f|%.4f", name, scores.linear(), scores.neighbors(), scores.reduction());
    }
    print(table);
    return new ResultsOption.Found(Map.of("table", csv.rows()), FILE, csv);
  }

  private Scores scores(Experiment experiment, boolean ofPixels) {
    try (Engine own = setup.device.openAnother()) {
      ImageDataset data = experiment.data();
      return ofPixels
          ? Scores.of(own, Features.ofPixels(data.train()), Features.ofPixels(data.test()))
          : experiment.scores(own);
    }
  }
}
