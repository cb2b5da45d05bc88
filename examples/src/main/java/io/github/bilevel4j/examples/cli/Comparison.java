package io.github.bilevel4j.examples.cli;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.data.ImageDataset;
import io.github.bilevel4j.eval.FeatureExtractor;
import io.github.bilevel4j.eval.Features;
import io.github.bilevel4j.eval.LinearProbe;
import io.github.bilevel4j.eval.Paired;
import io.github.bilevel4j.examples.report.Table;
import io.github.bilevel4j.experiment.Experiment;
import io.github.bilevel4j.experiment.Scores;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Frozen features of some stages at some moments: linear probe and 5-NN accuracy on the test part,
 * coding-rate reduction by classes on the train part, all with the same settings; and differences
 * of linear accuracy, paired over test images (the standard error of McNemar's test, 1947). That
 * they can be evaluated is checked when it is made; of images without classes nothing is evaluated.
 */
final class Comparison {
  private final Experiment experiment;
  private final ImmutableList<String> stages;
  private final Supplier<? extends Engine> engines;
  private final List<Row> rows = new ArrayList<>();

  /** Of the early stage, which a training of later layers leaves as it is. */
  private Optional<Evaluated> early = Optional.empty();

  /**
   * Of an early stage and the last one.
   *
   * @param engines makes one for each evaluation: in a graph as large as a training's, each of its
   *     programs would take seconds to begin
   */
  Comparison(Experiment experiment, String early, Supplier<? extends Engine> engines) {
    this.experiment = experiment;
    this.engines = engines;
    this.stages = ImmutableSet.of(early, experiment.encoder().stages().reverse().get(0)).asList();
    if (experiment.data().hasClasses()) {
      experiment.requireScores(stages);
    }
  }

  /**
   * One line of the table.
   *
   * @param mistaken which test images the linear probe takes for another class
   */
  private record Row(String stage, String moment, Scores scores, List<Integer> mistaken) {
    /** The accuracy less that of another line, in points, paired over the test images. */
    Paired less(Row other, int images) {
      return Paired.of(correct(images), other.correct(images));
    }

    private double[] correct(int images) {
      double[] correct = new double[images];
      Arrays.fill(correct, 100);
      mistaken.forEach(image -> correct[image] = 0);
      return correct;
    }

    Row at(String otherMoment) {
      return new Row(stage, otherMoment, scores, mistaken);
    }

    Map<String, Object> toMap() {
      return ImmutableMap.of(
          "stage", stage,
          "moment", moment,
          "linear probe", scores.linear(),
          "5-nn", scores.neighbors(),
          "coding rate reduction", scores.reduction());
    }
  }

  /** What was found of features. */
  private record Evaluated(Features train, Features test, Row row) {
    boolean isOf(Features otherTrain, Features otherTest) {
      return train.equals(otherTrain) && test.equals(otherTest);
    }
  }

  /**
   * Evaluates the features as they are now, unless a run that is resumed had done so, or the images
   * have no classes.
   */
  void measure(String moment, CommandRun run) {
    Collections.addAll(
        rows, run.once(moment, Row[].class, () -> measured(moment).toArray(Row[]::new)));
  }

  /** Evaluates the features as they are now, for the time that it takes. */
  void evaluate() {
    measured("");
  }

  private List<Row> measured(String moment) {
    ImageDataset data = experiment.data();
    if (!data.hasClasses()) {
      return List.of();
    }
    FeatureExtractor extractor = experiment.extractor();
    Map<String, Features> train = extractor.features(stages, data.train());
    Map<String, Features> test = extractor.features(stages, data.test());
    return stages.stream()
        .map(stage -> evaluated(stage, moment, train.get(stage), test.get(stage)))
        .toList();
  }

  private Row evaluated(String stage, String moment, Features train, Features test) {
    Optional<Row> known =
        early
            .filter(found -> found.row.stage.equals(stage) && found.isOf(train, test))
            .map(found -> found.row.at(moment));
    Row row = known.orElseGet(() -> row(stage, moment, train, test));
    if (stage.equals(stages.get(0))) {
      early = Optional.of(new Evaluated(train, test, row));
    }
    return row;
  }

  private Row row(String stage, String moment, Features train, Features test) {
    try (Engine own = engines.get()) {
      LinearProbe.Outcome linear = Scores.linear(own, train, test);
      return new Row(
          stage,
          moment,
          Scores.of(linear, own, train, test),
          IntStream.range(0, test.labels().length())
              .filter(i -> linear.predicted().get(i) != test.labels().get(i))
              .boxed()
              .toList());
    }
  }

  /** The rows as names and values. */
  List<Map<String, Object>> rows() {
    return rows.stream().map(Row::toMap).toList();
  }

  /** The table, or why there is none. */
  @Override
  public String toString() {
    if (!experiment.data().hasClasses()) {
      return "the images have no classes: features are not evaluated";
    }
    String last = rows.get(rows.size() - 1).moment;
    Table table =
        Table.of(
            "features", "when", "linear %", last + " less it", "5-NN %", "coding-rate reduction");
    for (String stage : stages) {
      List<Row> ofStage = rows.stream().filter(row -> row.stage.equals(stage)).toList();
      for (Row row : ofStage) {
        Scores scores = row.scores;
        table =
            table.formatted(
                "%s|%s|%.2f ± %.2f|%s|%.2f ± %.2f|%.4f",
                stage,
                row.moment,
                scores.linear(),
                error(scores.linear()),
                row.moment.equals(last) ? "" : difference(ofStage.get(ofStage.size() - 1), row),
                scores.neighbors(),
                error(scores.neighbors()),
                scores.reduction());
      }
    }
    return table
        + String.format(
            Locale.ROOT,
            "%n± one standard error of so many test images, %,d. \"%s less it\": linear accuracy less"
                + " that of the line, in%npoints, with the interval of 95 %% of pairs of test images;"
                + " what other seeds would change is not in it",
            experiment.data().test().count(),
            last);
  }

  /** The mean where it is one, and its interval. */
  private String difference(Row last, Row row) {
    Paired less = last.less(row, experiment.data().test().count());
    return String.format(
        Locale.ROOT,
        "%s [%+.2f, %+.2f]",
        less.isDifference() ? String.format(Locale.ROOT, "%+.2f", less.mean()) : "no difference",
        less.low(),
        less.high());
  }

  /** The standard error of an accuracy in per cent, {@code sqrt(p (100 - p) / n)}. */
  private double error(double accuracy) {
    return Math.sqrt(accuracy * (100 - accuracy) / experiment.data().test().count());
  }
}
