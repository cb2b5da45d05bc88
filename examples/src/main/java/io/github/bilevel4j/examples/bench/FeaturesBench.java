package io.github.bilevel4j.examples.bench;

import com.google.common.base.Verify;
import com.google.common.collect.Iterables;
import io.github.bilevel4j.augment.Normalize;
import io.github.bilevel4j.backend.KernelRun;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.data.LabeledImages;
import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.eval.CodingRateReduction;
import io.github.bilevel4j.eval.FeatureExtractor;
import io.github.bilevel4j.eval.Features;
import io.github.bilevel4j.eval.LabelFreeMetrics;
import io.github.bilevel4j.eval.LabelFreeMetrics.Decay;
import io.github.bilevel4j.eval.LinearProbe;
import io.github.bilevel4j.eval.NearestNeighbors;
import io.github.bilevel4j.examples.report.Table;
import io.github.bilevel4j.monitor.Monitor;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.stream.IntStream;

/**
 * Times the evaluation of frozen features, from what is on the host to the result there, against
 * the rate of a large matrix product in the same run, with the memory that it took. Features are
 * drawn from a normal distribution around a mean of their class; monitors without labels get those
 * of two views each of 2,000 images, as many as they do in a training.
 *
 * <p>Memory is that above what was held before, and a lower bound: what was freed is used again.
 * One part alone tells its own.
 *
 * @param images whose features are computed
 * @param batch images at a time
 * @param train number of train samples
 * @param test number of test samples
 * @param dimension of their features
 * @param classes number of classes
 * @param epochs of the probe by stochastic gradients
 */
public record FeaturesBench(
    int images, int batch, int train, int test, int dimension, int classes, int epochs, long seed) {
  /** Of the distances between features of one class and the means of classes. */
  private static final double SEPARATION = 0.1;

  /** What is timed. */
  public enum Part {
    /** The encoder's features of images. */
    FEATURES,
    /** Five nearest neighbors. */
    NEIGHBORS,
    /** Two hundred nearest neighbors with weights. */
    WEIGHTED,
    /** The coding-rate reduction. */
    RATE,
    /** The converged probe. */
    NEWTON,
    /** The probe by stochastic gradients. */
    SGD,
    /** The coding-rate reduction of pairs of views. */
    CRR,
    /** RankMe. */
    RANKME,
    /** The effective rank. */
    EFFECTIVE_RANK,
    /** LiDAR. */
    LIDAR,
    /** Alpha-ReQ. */
    ALPHA,
    /** Alignment of pairs. */
    ALIGNMENT,
    /** Uniformity. */
    UNIFORMITY,
    /** The intrinsic dimension. */
    ID;

    /** The name on the command line. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** A thing to do on an engine, and how many operations its matrix products need. */
  private record Work(String title, Consumer<TensorFlowEngine> thing, double operations) {}

  /** Features with labels, those of two views of each image, and those of one. */
  private record Samples(Features train, Features test, Array pairs, Array views) {}

  private record Cost(double seconds, OptionalDouble megabytes) {}

  /**
   * Times some parts, each once after a run that is not timed.
   *
   * @param side height and width of an image in pixels
   */
  public Table run(Iterable<Part> parts, Encoder encoder, int side, TensorFlowEngine engine) {
    Samples samples =
        new Samples(
            features(train, 1),
            features(test, 2),
            features(2 * Monitor.MOST_IMAGES, 3).matrix(),
            features(Monitor.MOST_FOR_DISTANCES, 4).matrix());
    Map<Work, Cost> costs = new LinkedHashMap<>();
    Peak peak = Peak.measured(engine);
    for (Part part : parts) {
      ResidentMemory memory = ResidentMemory.watched();
      Work work = work(part, encoder, side, samples, engine);
      long start = System.nanoTime();
      work.thing().accept(engine);
      costs.put(work, new Cost((System.nanoTime() - start) / 1e9, memory.peak()));
    }
    double rate = peak.or(Peak.measured(engine)).operations();
    Table table =
        Table.of("evaluation", "seconds", "MiB", "GFLOP", "GFLOP/s", "% of a matrix product");
    for (Map.Entry<Work, Cost> row : costs.entrySet()) {
      Work work = row.getKey();
      Cost cost = row.getValue();
      double each = work.operations() / cost.seconds();
      String megabytes =
          cost.megabytes().isPresent()
              ? String.format(Locale.ROOT, "%.0f", cost.megabytes().getAsDouble())
              : "";
      table =
          work.operations() == 0
              ? table.formatted("%s|%.3f|%s|||", work.title(), cost.seconds(), megabytes)
              : table.formatted(
                  "%s|%.2f|%s|%.1f|%.1f|%.0f",
                  work.title(),
                  cost.seconds(),
                  megabytes,
                  work.operations() / 1e9,
                  each / 1e9,
                  100 * each / rate);
    }
    return table.formatted("matrix product of 2048 rows and columns||||%.1f|100", rate / 1e9);
  }

  private Work work(
      Part part, Encoder encoder, int side, Samples samples, TensorFlowEngine engine) {
    Features first = samples.train();
    Features second = samples.test();
    Array pairs = samples.pairs();
    Array views = samples.views();
    return switch (part) {
      case FEATURES -> {
        LabeledImages pictures = pictures(side);
        FeatureExtractor extractor =
            FeatureExtractor.of(engine, encoder, Normalize.cifar10()::apply, batch);
        String last = Iterables.getLast(encoder.stages());
        yield traced(
            String.format(Locale.ROOT, "features of %,d images", images),
            any -> extractor.features(last, pictures),
            engine);
      }
      case NEIGHBORS ->
          traced(
              "5 nearest neighbors",
              any -> NearestNeighbors.k(5).accuracy(any, first, second),
              engine);
      case WEIGHTED ->
          traced(
              "200 nearest neighbors, weighted",
              any -> NearestNeighbors.k(200).weighted(0.07).accuracy(any, first, second),
              engine);
      case RATE -> {
        CodingRateReduction reduction = CodingRateReduction.on(engine);
        yield traced("coding-rate reduction", any -> reduction.of(first), engine);
      }
      case NEWTON ->
          traced(
              "linear probe, to the minimum",
              any -> LinearProbe.newton().fit(any, first, second),
              engine);
      case SGD -> {
        double one = operations(probe(1, first, second), engine);
        double two = operations(probe(2, first, second), engine);
        yield new Work(
            String.format(Locale.ROOT, "linear probe, %d epochs", epochs),
            probe(epochs, first, second),
            one + (epochs - 1) * (two - one));
      }
      case CRR ->
          onHost(
              "coding-rate reduction of pairs",
              () -> LabelFreeMetrics.pairRates(pairs, Monitor.EPSILON_SQUARED).reduction(),
              engine);
      case RANKME -> onHost("RankMe", () -> LabelFreeMetrics.rankMe(pairs), engine);
      case EFFECTIVE_RANK ->
          onHost("effective rank", () -> LabelFreeMetrics.effectiveRank(pairs), engine);
      case LIDAR -> onHost("LiDAR", () -> LabelFreeMetrics.lidar(pairs, 2), engine);
      case ALPHA ->
          onHost(
              "alpha-ReQ",
              () -> LabelFreeMetrics.decay(pairs).map(Decay::alpha).orElse(0.0),
              engine);
      case ALIGNMENT -> onHost("alignment", () -> LabelFreeMetrics.alignment(pairs), engine);
      case UNIFORMITY -> onHost("uniformity", () -> LabelFreeMetrics.uniformity(views), engine);
      case ID ->
          onHost("intrinsic dimension", () -> LabelFreeMetrics.intrinsicDimension(views), engine);
    };
  }

  private static Consumer<TensorFlowEngine> probe(int epochs, Features first, Features second) {
    return engine -> LinearProbe.sgd().epochs(epochs).fit(engine, first, second);
  }

  private static Work onHost(String title, DoubleSupplier value, TensorFlowEngine engine) {
    Consumer<TensorFlowEngine> thing =
        any -> Verify.verify(Double.isFinite(value.getAsDouble()), title);
    thing.accept(engine);
    return new Work(title, thing, 0);
  }

  private static Work traced(
      String title, Consumer<TensorFlowEngine> thing, TensorFlowEngine engine) {
    return new Work(title, thing, operations(thing, engine));
  }

  private static double operations(Consumer<TensorFlowEngine> thing, TensorFlowEngine engine) {
    return engine.traced(() -> thing.accept(engine)).stream()
        .mapToDouble(KernelRun::operations)
        .sum();
  }

  private LabeledImages pictures(int side) {
    Random random = new Random(seed);
    byte[][] samples = new byte[images][side * side * 3];
    for (byte[] sample : samples) {
      random.nextBytes(sample);
    }
    return LabeledImages.of(
        side,
        side,
        3,
        samples,
        labels(images),
        IntStream.range(0, classes).mapToObj(c -> "class " + c).toList());
  }

  private int[] labels(int count) {
    return IntStream.range(0, count).map(i -> i % classes).toArray();
  }

  private Features features(int count, long part) {
    Random means = new Random(seed);
    double[] centers = means.doubles((long) classes * dimension, -SEPARATION, SEPARATION).toArray();
    Random random = new Random(seed + part);
    int[] labels = labels(count);
    return Features.of(
        Array.fill(
            Shape.of(count, dimension),
            i ->
                centers[labels[i / dimension] * dimension + i % dimension] + random.nextGaussian()),
        labels,
        classes);
  }
}
