package io.github.bilevel4j.experiment;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.ImmutableDoubleArray;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.data.BoundingBox;
import io.github.bilevel4j.data.DetectionDataset;
import io.github.bilevel4j.data.LabeledBox;
import io.github.bilevel4j.data.LabeledImages;
import io.github.bilevel4j.eval.AveragePrecision;
import io.github.bilevel4j.eval.AveragePrecision.Detection;
import io.github.bilevel4j.eval.DensePrediction;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.layer.BatchNorm;
import io.github.bilevel4j.layer.Dense;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.layer.Pass;
import io.github.bilevel4j.layer.Scope;
import io.github.bilevel4j.run.Training;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/**
 * What a linear map finds of objects in frozen feature maps. At each place of a map {@code [h, w,
 * d]}, after a batch normalization without parameters, two linear maps (convolutions of 1 x 1) tell
 * the class of the object in whose middle the place lies, or that there is none, by a softmax over
 * {@code C + 1} classes, and its box if it is of each class: the offset of its center and the
 * logarithms of its width and height, all in places. They are trained with mean cross-entropy over
 * all places plus the mean squared error of the boxes at places in objects, by Adam at a rate that
 * falls from 0.01 to zero along a cosine. A place is in the middle of an object if it lies in the
 * half of its box around the center, or is where the center is; of several objects the smallest
 * counts, and of difficult ones none, nor do their places count as empty.
 *
 * <p>Of the boxes that it tells for a picture and a class, those with a probability of 0.01 or
 * more, at most 200, are kept that do not overlap by more than half with a surer one. The result is
 * the average precision at an overlap of one half.
 *
 * <p>This measures what a frozen layer tells of objects at each place, not what a detector reaches:
 * there are no proposals, no anchors, no pyramid, and the encoder is not trained. Its numbers are
 * not comparable with those of Faster R-CNN. All settings are this program's own.
 */
public final class DenseProbe {
  /** How far boxes overlap that are of the same object. */
  private static final double SAME = 0.5;

  private static final double LEAST_PROBABILITY = 0.01;
  private static final int MOST_BOXES = 200;
  private static final int BOX = 4;

  /** The class of places that do not count. */
  private static final int IGNORED = -1;

  private final Experiment experiment;
  private final DetectionDataset data;
  private final String stage;
  private final int height;
  private final int width;
  private final Layer normalization;
  private final Layer classifier;
  private final Layer boxes;

  private DenseProbe(
      Experiment experiment,
      DetectionDataset data,
      String stage,
      Shape map,
      Layer normalization,
      Layer classifier,
      Layer boxes) {
    this.experiment = experiment;
    this.data = data;
    this.stage = stage;
    this.height = map.dim(1);
    this.width = map.dim(2);
    this.normalization = normalization;
    this.classifier = classifier;
    this.boxes = boxes;
  }

  /**
   * What was found.
   *
   * @param mean of the classes that have objects in the test part, in per cent
   * @param each class's average precision, NaN of a class without objects
   */
  public record Outcome(double mean, ImmutableDoubleArray each) {}

  /**
   * A new probe of an experiment's encoder.
   *
   * @param experiment of the pictures of the data
   * @throws UsageError if there is no such stage, or its output is not a map
   */
  public static DenseProbe of(Experiment experiment, DetectionDataset data, String stage) {
    Shape map = map(experiment, stage);
    if (map.rank() != 4) {
      throw UsageError.in("dense probe")
          .because("the stage \"%s\" has no map of features", stage)
          .row("output", map.toString())
          .row("with a map", String.join(", ", stages(experiment)))
          .maybe("one of these was meant.");
    }
    Scope scope = Scope.seed(experiment.seed()).child("dense");
    int features = map.dim(3);
    return new DenseProbe(
        experiment,
        data,
        stage,
        map,
        BatchNorm.over(features).affine(false).init(scope.child("bn")),
        Dense.between(features, data.classNames().size() + 1).init(scope.child("classifier")),
        Dense.between(features, data.classNames().size() * BOX).init(scope.child("boxes")));
  }

  /** The stages with maps. */
  public static ImmutableList<String> stages(Experiment experiment) {
    return experiment.encoder().stages().stream()
        .filter(stage -> map(experiment, stage).rank() == 4)
        .collect(ImmutableList.toImmutableList());
  }

  private static Shape map(Experiment experiment, String stage) {
    LabeledImages images = experiment.data().train();
    Expr image = Expr.input("image", 1, images.height(), images.width(), images.channels());
    return experiment.encoder().features(stage, image, Pass.evaluation()).shape();
  }

  /**
   * Trains for so many epochs and tests.
   *
   * @throws io.github.bilevel4j.run.DivergedException if the loss becomes infinite
   */
  public Outcome run(int epochs, Training training) {
    experiment.run(task(epochs), epochs, training);
    return outcome();
  }

  /** How well it finds the objects of the test part at present. */
  public Outcome outcome() {
    return outcome(detections());
  }

  /** The training, of so many epochs. */
  public TrainingTask task(int epochs) {
    ImageInput images = experiment.images("images", 0);
    int n = images.batches().size() * height * width;
    int classes = data.classNames().size();
    Pass pass = Pass.training();
    Expr features = normalization.apply(maps(images.batch().images()), pass);
    DensePrediction told =
        new DensePrediction(
            classifier.apply(features, pass).reshape(n, classes + 1),
            boxes.apply(features, pass).reshape(n, classes, BOX));
    Targets targets = targets();
    Expr indices = images.batch().indices();
    Expr labels = Expr.constant(targets.labels).gather(indices).reshape(n);
    Expr wanted = Expr.constant(targets.boxes).gather(indices).reshape(n, BOX);
    int steps = epochs * experiment.stepsPerEpoch();
    return TrainingTask.of(
        told.problem(classifier.parameters().and(boxes.parameters()), labels, wanted, steps)
            .updating(pass.updates()),
        experiment.engine(),
        ImmutableList.of(images));
  }

  private Expr maps(Expr images) {
    return experiment
        .encoder()
        .features(stage, experiment.normalize().apply(images), Pass.evaluation());
  }

  /** Of the train part: class 0 is the background. */
  private record Targets(Array labels, Array boxes) {}

  private Targets targets() {
    int places = height * width;
    int count = data.train().boxes().size();
    double[] labels = new double[count * places];
    double[] wanted = new double[count * places * BOX];
    for (int picture = 0; picture < count; picture++) {
      List<LabeledBox> largestFirst =
          data.train().boxes().get(picture).stream()
              .sorted(Comparator.comparingDouble((LabeledBox each) -> -each.box().area()))
              .toList();
      for (LabeledBox each : largestFirst) {
        for (int place = 0; place < places; place++) {
          if (isInMiddle(each.box(), place)) {
            int at = picture * places + place;
            labels[at] = each.isDifficult() ? IGNORED : each.label() + 1;
            System.arraycopy(told(each.box(), place), 0, wanted, at * BOX, BOX);
          }
        }
      }
    }
    return new Targets(
        Array.wrap(Shape.of(count, places), labels),
        Array.wrap(Shape.of(count, places, BOX), wanted));
  }

  private double x(int place) {
    return (place % width + 0.5) / width;
  }

  private double y(int place) {
    int row = place / width;
    return (row + 0.5) / height;
  }

  private boolean isInMiddle(BoundingBox box, int place) {
    return isNear(x(place), box.left(), box.right(), width)
        && isNear(y(place), box.top(), box.bottom(), height);
  }

  /** Along one axis. */
  private static boolean isNear(double at, double low, double high, int places) {
    double distance = Math.abs(at - (low + high) / 2);
    return distance <= (high - low) / 4 || distance <= 0.5 / places;
  }

  /** A box as a place tells it. */
  private double[] told(BoundingBox box, int place) {
    return new double[] {
      ((box.left() + box.right()) / 2 - x(place)) * width,
      ((box.top() + box.bottom()) / 2 - y(place)) * height,
      Math.log((box.right() - box.left()) * width),
      Math.log((box.bottom() - box.top()) * height)
    };
  }

  /**
   * The box that a place tells, within the picture.
   *
   * @param at where its numbers begin
   */
  private BoundingBox box(Array told, int at, int place) {
    double centerX = x(place) + told.at(at) / width;
    double centerY = y(place) + told.at(at + 1) / height;
    double halfWidth = Math.exp(Math.min(told.at(at + 2), Math.log(width))) / width / 2;
    double halfHeight = Math.exp(Math.min(told.at(at + 3), Math.log(height))) / height / 2;
    return new BoundingBox(
        Math.max(0, centerX - halfWidth),
        Math.max(0, centerY - halfHeight),
        Math.min(1, centerX + halfWidth),
        Math.min(1, centerY + halfHeight));
  }

  private List<Detection> detections() {
    LabeledImages test = data.test().images();
    int size = Math.min(experiment.batch(), test.count());
    Expr images = Expr.samplesInput("images", size, test.height(), test.width(), test.channels());
    Expr features = normalization.apply(maps(images), Pass.evaluation());
    Step step =
        Step.named("dense probe")
            .outputs(
                ImmutableMap.of(
                    "probabilities",
                    classifier.apply(features, Pass.evaluation()).softmax(-1),
                    "boxes",
                    boxes.apply(features, Pass.evaluation())));
    List<Detection> found = new ArrayList<>();
    try (Program program = experiment.engine().compile(step)) {
      for (int from = 0; from < test.count(); from += size) {
        int first = from;
        // Beyond the last picture that one is repeated.
        int[] pictures =
            IntStream.range(0, size).map(i -> Math.min(first + i, test.count() - 1)).toArray();
        Results results = program.run(Feed.of(images, test.batch(pictures)));
        for (int i = 0; i < Math.min(size, test.count() - from); i++) {
          for (int label = 0; label < data.classNames().size(); label++) {
            found.addAll(surest(results, i, first + i, label));
          }
        }
      }
    }
    return found;
  }

  /** Those of one picture and class that are not of the same object as a surer one. */
  private List<Detection> surest(Results results, int row, int picture, int label) {
    Array probabilities = results.get("probabilities");
    int classes = data.classNames().size() + 1;
    int places = height * width;
    List<Detection> candidates =
        IntStream.range(0, places)
            .filter(
                place ->
                    probabilities.at((row * places + place) * classes + label + 1)
                        >= LEAST_PROBABILITY)
            .mapToObj(
                place ->
                    new Detection(
                        picture,
                        label,
                        probabilities.at((row * places + place) * classes + label + 1),
                        box(
                            results.get("boxes"),
                            ((row * places + place) * (classes - 1) + label) * BOX,
                            place)))
            .sorted(Comparator.comparingDouble((Detection each) -> -each.score()))
            .limit(MOST_BOXES)
            .toList();
    List<Detection> kept = new ArrayList<>();
    for (Detection each : candidates) {
      if (kept.stream().noneMatch(surer -> surer.box().overlap(each.box()) > SAME)) {
        kept.add(each);
      }
    }
    return kept;
  }

  private Outcome outcome(List<Detection> found) {
    double[] each =
        IntStream.range(0, data.classNames().size())
            .mapToObj(label -> AveragePrecision.of(found, data.test().boxes(), label, SAME))
            .mapToDouble(precision -> precision.orElse(Double.NaN))
            .toArray();
    OptionalDouble mean =
        IntStream.range(0, each.length)
            .mapToDouble(label -> each[label])
            .filter(precision -> !Double.isNaN(precision))
            .average();
    return new Outcome(mean.orElse(Double.NaN), ImmutableDoubleArray.copyOf(each));
  }
}
