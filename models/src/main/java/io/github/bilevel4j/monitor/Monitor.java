package io.github.bilevel4j.monitor;

import com.google.common.base.Stopwatch;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.data.Batches;
import io.github.bilevel4j.data.ImageDataset;
import io.github.bilevel4j.data.LabeledImages;
import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.eval.FeatureExtractor;
import io.github.bilevel4j.eval.Features;
import io.github.bilevel4j.eval.LabelFreeMetrics;
import io.github.bilevel4j.eval.LinearProbe;
import io.github.bilevel4j.eval.NearestNeighbors;
import io.github.bilevel4j.experiment.Experiment;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.layer.Pass;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.ssl.ImageBatch;
import io.github.bilevel4j.ssl.Network;
import io.github.bilevel4j.ssl.ViewBatch;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Measures an experiment's encoder on images that were held out before it was trained: {@link
 * LabelFreeMetrics} of the features of two views each, and the self-supervised loss beside that of
 * as many images that are seen. The views are drawn by the experiment's own augmentations and seed,
 * the same ones at each measurement. With labels, nearest neighbors and a linear probe, too.
 *
 * <p>The loss is that of a training step, with the statistics of the batch, but nothing is moved.
 * Methods that keep something for each image find for a held-out image what they keep for a seen
 * one.
 *
 * <pre>{@code
 * UnlabeledSplit split = UnlabeledSplit.of(data, 1);
 * Experiment experiment = Experiment.of(settings.data(split.data()), engine);
 * MonitorSettings every5 = MonitorSettings.every(5, experiment.encoder().stages(), false);
 * Monitor monitor = Monitor.of(experiment, split.heldOut(), every5, TensorFlowEngine::onCpu);
 * List<MonitorRow> rows = monitor.measured("pretrain", 0, 0);
 * }</pre>
 */
public final class Monitor {
  /** The squared distortion of the coding rates. */
  public static final double EPSILON_SQUARED = 0.1;

  /** How many images are measured at most. */
  public static final int MOST_IMAGES = 2000;

  /**
   * Of how many images at most uniformity and the intrinsic dimension are: pairs of samples are as
   * many as the square.
   */
  public static final int MOST_FOR_DISTANCES = 1000;

  private static final String LOSS = "loss";

  private final Experiment experiment;
  private final MonitorSettings settings;
  private final LabeledImages heldOut;
  private final LabeledImages seen;
  private final int[] seenPositions;
  private final Supplier<Engine> engines;
  private final FeatureExtractor extractor;
  private final int batch;
  private final Expr images;
  private final Expr indices;
  private final Expr chunk = Expr.input("monitor/chunk");
  private final ImmutableMap<String, Expr> features;
  private final Expr loss;
  private Program featuresProgram;
  private Program lossProgram;

  private Monitor(
      Experiment experiment,
      LabeledImages heldOut,
      MonitorSettings settings,
      Supplier<Engine> engines) {
    this.experiment = experiment;
    this.settings = settings;
    this.heldOut = heldOut.first(MOST_IMAGES);
    this.engines = engines;
    this.extractor = experiment.extractor();
    LabeledImages all = experiment.data().pretraining();
    this.seenPositions =
        Arrays.copyOf(
            new Batches(all.count(), 1, experiment.seed()).order(0),
            Math.min(all.count(), this.heldOut.count()));
    this.seen = all.take(seenPositions);
    this.batch = Math.min(experiment.batch(), Math.min(seen.count(), this.heldOut.count()));
    this.images =
        Expr.samplesInput("monitor/images", batch, all.height(), all.width(), all.channels());
    this.indices = Expr.input("monitor/indices", batch);
    this.features = features();
    this.loss = views().loss(Network.of(experiment.encoder(), Pass.training())).objective().total();
  }

  /**
   * A monitor, with all that could be at fault checked before the training.
   *
   * @param heldOut images that the experiment does not train on; of more than 2,000 the first
   * @param engines makes one for a probe, which keeps its data until it is closed
   * @throws UsageError if there is no such stage, or it has no features; if there are no labels
   *     that a probe or the form of the coding rate needs, or fewer train images than neighbors
   */
  public static Monitor of(
      Experiment experiment,
      LabeledImages heldOut,
      MonitorSettings settings,
      Supplier<Engine> engines) {
    ImageDataset data = experiment.data();
    experiment.extractor().check(settings.stages(), data.pretraining());
    if (settings.form() == RateForm.LABELS && !heldOut.hasLabels()) {
      throw UsageError.in("--monitor-form")
          .because("the held-out images have no labels by which the coding rate could be reduced")
          .maybe("pairs or soft was meant.");
    }
    if (settings.probe()) {
      data.requireClasses("--monitor-probe");
      NearestNeighbors.k(settings.neighbors()).requireEnough(data.train().count());
    }
    return new Monitor(experiment, heldOut, settings, engines);
  }

  /** The settings. */
  public MonitorSettings settings() {
    return settings;
  }

  private ViewBatch views() {
    return experiment
        .recipe()
        .views(new ImageBatch(images, indices), experiment.draws(chunk).foldIn("monitor"));
  }

  private ImmutableMap<String, Expr> features() {
    Encoder encoder = experiment.encoder();
    List<Expr> views = views().views();
    ImmutableMap.Builder<String, Expr> outputs = ImmutableMap.builder();
    for (String stage : settings.stages()) {
      for (int view = 0; view < 2; view++) {
        Expr output = encoder.features(stage, views.get(view), Pass.evaluation());
        outputs.put(
            stage + "/" + view, output.shape().rank() == 4 ? output.globalAveragePool() : output);
      }
    }
    return outputs.buildOrThrow();
  }

  /**
   * Measures the encoder as it is.
   *
   * @param phase of the run
   * @param epoch the number of epochs that were made
   * @param step the number of steps that were made
   * @return a row for each stage
   * @throws UsageError if a feature is not finite
   */
  public ImmutableList<MonitorRow> measured(String phase, int epoch, int step) {
    if (featuresProgram == null) {
      featuresProgram =
          experiment.engine().compile(Step.named("monitor features").outputs(features));
      lossProgram = experiment.engine().compile(Step.named("monitor loss").output(LOSS, loss));
    }
    Measurement shared = new Measurement();
    Map<String, double[][]> pairs = new LinkedHashMap<>();
    shared.timed("features", () -> pairs.putAll(pairs()));
    shared.timed(
        "loss",
        () -> {
          double ofSeen = meanLoss(seen);
          double ofHeldOut = meanLoss(heldOut);
          shared.values.put("loss_seen", ofSeen);
          shared.values.put("loss_heldout", ofHeldOut);
          shared.values.put("loss_gap", ofHeldOut - ofSeen);
        });
    Map<String, Features> train = new LinkedHashMap<>();
    Map<String, Features> test = new LinkedHashMap<>();
    if (settings.probe()) {
      shared.timed(
          "probe_features",
          () -> {
            train.putAll(extractor.features(settings.stages(), experiment.data().train()));
            test.putAll(extractor.features(settings.stages(), experiment.data().test()));
          });
    }
    return settings.stages().stream()
        .map(
            stage -> {
              Measurement of = new Measurement();
              Array z = Array.matrix(pairs.get(stage));
              of.labelFree(z, () -> settings.form().of(z, heldOut));
              of.values.putAll(shared.values);
              of.seconds.putAll(shared.seconds);
              if (settings.probe()) {
                probe(of, train.get(stage), test.get(stage));
              }
              return new MonitorRow(
                  phase,
                  epoch,
                  step,
                  stage,
                  settings.form().toString(),
                  heldOut.count(),
                  z.shape().dim(1),
                  ImmutableMap.copyOf(of.values),
                  ImmutableMap.copyOf(of.seconds));
            })
        .collect(ImmutableList.toImmutableList());
  }

  private void probe(Measurement of, Features train, Features test) {
    try (Engine engine = engines.get()) {
      of.value(
          "knn",
          () -> NearestNeighbors.k(settings.neighbors()).euclidean().accuracy(engine, train, test));
      of.value("linear", () -> LinearProbe.newton().fit(engine, train, test).testAccuracy());
    }
  }

  /** The two views of an image one after another, by stage. */
  private Map<String, double[][]> pairs() {
    Map<String, double[][]> pairs = new LinkedHashMap<>();
    settings.stages().forEach(stage -> pairs.put(stage, new double[2 * heldOut.count()][]));
    for (int number = 0; number < chunks(heldOut); number++) {
      int[] positions = positions(heldOut, number);
      Results results = featuresProgram.run(feed(heldOut, positions, number, featuresProgram));
      for (String stage : settings.stages()) {
        for (int view = 0; view < 2; view++) {
          Array rows = results.get(stage + "/" + view);
          int d = rows.shape().dim(1);
          double[] all = rows.toDoubles();
          for (int i = 0; i < batch; i++) {
            pairs.get(stage)[2 * positions[i] + view] = Arrays.copyOfRange(all, i * d, (i + 1) * d);
          }
        }
      }
    }
    return pairs;
  }

  private double meanLoss(LabeledImages part) {
    return IntStream.range(0, chunks(part))
        .mapToDouble(
            number ->
                lossProgram
                    .run(feed(part, positions(part, number), number, lossProgram))
                    .scalar(LOSS))
        .average()
        .orElseThrow();
  }

  private int chunks(LabeledImages part) {
    return (part.count() + batch - 1) / batch;
  }

  /** A batch of full size: the last one begins earlier. */
  private int[] positions(LabeledImages part, int number) {
    int from = Math.min(number * batch, part.count() - batch);
    return IntStream.range(from, from + batch).toArray();
  }

  private Feed feed(LabeledImages part, int[] positions, int number, Program program) {
    return Feed.of(images, part.batch(positions))
        .and(
            indices,
            Array.fill(Shape.of(batch), i -> seenPositions[positions[i] % seenPositions.length]))
        .and(chunk, Array.scalar(number))
        .limitedTo(program);
  }

  /** Values and times under way. */
  private static final class Measurement {
    private final Map<String, Double> values = new LinkedHashMap<>();
    private final Map<String, Double> seconds = new LinkedHashMap<>();

    void timed(String name, Runnable work) {
      Stopwatch watch = Stopwatch.createStarted();
      work.run();
      seconds.put(name, watch.elapsed(TimeUnit.MICROSECONDS) / 1e6);
    }

    void value(String name, DoubleSupplier value) {
      timed(name, () -> values.put(name, value.getAsDouble()));
    }

    void labelFree(Array z, Supplier<LabelFreeMetrics.CodingRates> reduced) {
      timed(
          "crr",
          () -> {
            LabelFreeMetrics.CodingRates rates = reduced.get();
            values.put("rate", rates.rate());
            values.put("compressed", rates.compressed());
            values.put("crr", rates.reduction());
          });
      value("rankme", () -> LabelFreeMetrics.rankMe(z));
      value("effective_rank", () -> LabelFreeMetrics.effectiveRank(z));
      value("lidar", () -> LabelFreeMetrics.lidar(z, 2));
      timed(
          "alpha",
          () ->
              LabelFreeMetrics.decay(z)
                  .ifPresent(
                      decay -> {
                        values.put("alpha", decay.alpha());
                        values.put("alpha_r2", decay.fit());
                      }));
      value("alignment", () -> LabelFreeMetrics.alignment(z));
      value("uniformity", () -> LabelFreeMetrics.uniformity(firstViews(z)));
      timed(
          "id",
          () -> {
            double dimension = LabelFreeMetrics.intrinsicDimension(firstViews(z));
            if (!Double.isNaN(dimension)) {
              values.put("id", dimension);
            }
          });
    }

    private static Array firstViews(Array z) {
      int d = z.shape().dim(1);
      int n = Math.min(MOST_FOR_DISTANCES, z.shape().dim(0) / 2);
      return Array.fill(Shape.of(n, d), i -> z.at(2 * (i / d) * d + i % d));
    }
  }
}
