package io.github.bilevel4j.examples.bilevel;

import io.github.bilevel4j.augment.Augmentations;
import io.github.bilevel4j.augment.Views;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.data.Batches;
import io.github.bilevel4j.data.ImageDataset;
import io.github.bilevel4j.data.LabeledImages;
import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.encoder.SmallConvNet;
import io.github.bilevel4j.examples.ssl.SimClr;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.head.MlpHead;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.layer.Scope;
import io.github.bilevel4j.losses.contrastive.NtXent;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.optimizer.Adam;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.run.Training;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.SingleLevelSolver;
import io.github.bilevel4j.ssl.Pretraining;
import io.github.bilevel4j.ssl.SslMethod;
import io.github.bilevel4j.ssl.ViewBatch;
import java.util.List;
import java.util.stream.IntStream;

/** Trains a small encoder by SimCLR, then learns the weights of UMM for one batch of images. */
public final class UmmWeightsRun {
  private final ImageDataset data;
  private final int batch;
  private final long seed;
  private final Encoder encoder;
  private final SslMethod method;
  private final UmmWeights weights;
  private final Engine engine;

  /** A run on the first images of both parts; one for each engine. */
  public UmmWeightsRun(ImageDataset data, int batch, long seed, Engine engine) {
    this.data = data;
    this.batch = batch;
    this.seed = seed;
    this.encoder = SmallConvNet.init(Scope.seed(seed));
    Layer projector = MlpHead.layers(128, 256, 64).init(Scope.seed(seed).child("projector"));
    this.method = new SimClr(projector, NtXent.temperature(0.2));
    this.weights = UmmWeights.of(encoder, method);
    this.engine = engine;
  }

  /** Trains the encoder for so many steps. */
  public Training.Outcome pretrain(int steps, Training training) {
    LabeledImages train = data.train();
    Expr images = Expr.input("images", batch, train.height(), train.width(), train.channels());
    Expr counter = Expr.variable("counter", Shape.scalar(), Initializer.zeros());
    Batches batches = new Batches(train.count(), batch, seed);
    return training.run(
        SingleLevelSolver.of(
            Pretraining.problem(
                    encoder, ViewBatch.of(method, views(images, counter)), Adam.rate(3e-3))
                .updating(List.of(new Update(counter, counter.plus(1)))),
            engine),
        steps,
        step ->
            Feed.of(
                images,
                pixels(
                    train, batches.batch(step / batches.perEpoch(), step % batches.perEpoch()))));
  }

  /** The problem with so many steps of UMM. */
  public BilevelProblem problem(int ummSteps, HypergradientEstimator estimator) {
    Expr images = Expr.constant(pixels(data.train(), first(batch)));
    LabeledImages test = data.test();
    Array labels = Array.fill(Shape.of(test.count()), test::label);
    return weights.problem(
        views(images, Expr.constant(0)),
        Expr.constant(pixels(test, first(test.count()))),
        Expr.constant(labels).oneHot(test.classCount()),
        ummSteps,
        estimator);
  }

  /** Weights of UMM. */
  public record Weights(double alpha, double beta) {}

  /** Makes so many outer steps. */
  public Training.Outcome learn(BilevelProblem problem, int steps, Training training) {
    return training.run(BilevelSolver.of(problem, engine), steps, step -> Feed.none());
  }

  /** The weights as they are now. */
  public Weights learned() {
    return new Weights(
        Math.exp(engine.read(weights.logAlpha()).scalarValue()),
        Math.exp(engine.read(weights.logBeta()).scalarValue()));
  }

  private List<Expr> views(Expr images, Expr counter) {
    Views views = Augmentations.strongColor(data.train().height());
    return views.of(images, RandomKey.of(seed, counter));
  }

  private static int[] first(int count) {
    return IntStream.range(0, count).toArray();
  }

  private static Array pixels(LabeledImages images, int[] positions) {
    return Array.wrap(
        Shape.of(positions.length, images.height(), images.width(), images.channels()),
        images.pixels(positions));
  }
}
