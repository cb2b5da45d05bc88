package io.github.bilevel4j.eval;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.data.LabeledImages;
import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.layer.Pass;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * Computes what an encoder makes of images, at its present parameters and with its running
 * statistics. The output of a stage {@code [n, d]} is taken as it is; of a feature map {@code [n,
 * height, width, channels]} the mean over height and width is taken.
 *
 * <p>It compiles once for each size of images and choice of stages, so keep it while an encoder is
 * trained.
 */
public final class FeatureExtractor {
  private static final String NAME = "feature extractor";

  private final Engine engine;
  private final Encoder encoder;
  private final UnaryOperator<Expr> preprocessing;
  private final int batch;
  private final Map<Plan, Compiled> compiled = new HashMap<>();

  private FeatureExtractor(
      Engine engine, Encoder encoder, UnaryOperator<Expr> preprocessing, int batch) {
    this.engine = engine;
    this.encoder = encoder;
    this.preprocessing = preprocessing;
    this.batch = batch;
  }

  /** What is to be computed from images of a shape. */
  private record Plan(Shape images, ImmutableList<String> stages) {}

  /** A program and where it is fed. */
  private record Compiled(Expr images, Program program) {}

  /**
   * An extractor that computes so many images at a time.
   *
   * @param engine the engine that holds the encoder's variables
   * @param preprocessing what is done to pixels in [0, 1] before the encoder, for instance {@code
   *     Normalize.cifar10()::apply}
   * @throws IllegalArgumentException if the batch is not positive
   */
  public static FeatureExtractor of(
      Engine engine, Encoder encoder, UnaryOperator<Expr> preprocessing, int batch) {
    if (batch < 1) {
      throw UsageError.in(NAME)
          .because("the batch has %d images", batch)
          .maybe("a batch of 256 was meant.");
    }
    return new FeatureExtractor(engine, encoder, preprocessing, batch);
  }

  /**
   * The features of images at a stage.
   *
   * @throws IllegalArgumentException if there is no such stage, listing those that exist, its
   *     output is neither a matrix nor a feature map, or a feature is not finite
   */
  public Features features(String stage, LabeledImages images) {
    return features(List.of(stage), images).values().iterator().next();
  }

  /**
   * The features of images at several stages, computed together.
   *
   * @throws IllegalArgumentException as {@link #features(String, LabeledImages)}, or if there is no
   *     stage
   */
  public ImmutableMap<String, Features> features(Collection<String> stages, LabeledImages images) {
    ImmutableList<String> distinct = ImmutableSet.copyOf(stages).asList();
    if (distinct.isEmpty()) {
      throw UsageError.in(NAME).because("no stage is named").maybe("\"pool\" was meant.");
    }
    int size = Math.min(batch, images.count());
    Shape shape = Shape.of(size, images.height(), images.width(), images.channels());
    Compiled forward = compiled.computeIfAbsent(new Plan(shape, distinct), this::compile);
    Map<String, double[]> matrices = new HashMap<>();
    for (int from = 0; from < images.count(); from += size) {
      Results results = forward.program().run(feed(forward.images(), images, from));
      copy(results, from, images.count(), matrices);
    }
    return distinct.stream()
        .collect(
            ImmutableMap.toImmutableMap(
                stage -> stage, stage -> features(matrices.get(stage), images)));
  }

  /**
   * Checks that the features of images can be computed, and computes nothing.
   *
   * @throws IllegalArgumentException as {@link #features(Collection, LabeledImages)}
   */
  public void check(Collection<String> stages, LabeledImages images) {
    step(
        Expr.input("images", 1, images.height(), images.width(), images.channels()),
        ImmutableSet.copyOf(stages));
  }

  private Compiled compile(Plan plan) {
    Expr images = Expr.samplesInput("images", plan.images().toArray());
    return new Compiled(images, engine.compile(step(images, plan.stages())));
  }

  private Step step(Expr images, Collection<String> stages) {
    Expr prepared = preprocessing.apply(images);
    Step step = Step.named("features");
    for (String stage : stages) {
      Expr output = encoder.features(stage, prepared, Pass.evaluation());
      step = step.output(stage, pooled(stage, output));
    }
    return step;
  }

  private static Expr pooled(String stage, Expr output) {
    return switch (output.shape().rank()) {
      case 2 -> output;
      case 4 -> output.globalAveragePool();
      default ->
          throw UsageError.in(NAME)
              .because("a stage has neither features [n, d] nor a map [n, height, width, channels]")
              .row("stage", stage, output.shape().toString())
              .maybe("a Flatten is missing in it.");
    };
  }

  /** A batch of full size: beyond the last image that one is repeated. */
  private static Feed feed(Expr input, LabeledImages images, int from) {
    int[] indices =
        IntStream.range(from, from + input.shape().dim(0))
            .map(i -> Math.min(i, images.count() - 1))
            .toArray();
    return Feed.of(input, images.batch(indices));
  }

  /** Puts a batch's rows at their place, without those that only filled the batch. */
  private static void copy(Results results, int from, int count, Map<String, double[]> matrices) {
    results
        .all()
        .forEach(
            (stage, rows) -> {
              int d = rows.shape().dim(1);
              int kept = Math.min(rows.shape().dim(0), count - from);
              double[] matrix = matrices.computeIfAbsent(stage, s -> new double[count * d]);
              System.arraycopy(rows.toDoubles(), 0, matrix, from * d, kept * d);
            });
  }

  private static Features features(double[] matrix, LabeledImages images) {
    Shape shape = Shape.of(images.count(), matrix.length / images.count());
    return Features.of(Array.wrap(shape, matrix), images.labels(), images.classCount());
  }
}
