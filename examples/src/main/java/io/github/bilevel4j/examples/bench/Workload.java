package io.github.bilevel4j.examples.bench;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.examples.ssl.Pretraining;
import io.github.bilevel4j.examples.ssl.SslMethod;
import io.github.bilevel4j.examples.umm.Umm;
import io.github.bilevel4j.examples.umm.UmmSettings;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Randomness;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.layer.Pass;
import io.github.bilevel4j.losses.information.CodingRate;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.problem.SingleLevelProblem;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.solver.Estimator;
import java.util.List;
import java.util.Random;

/**
 * The problems that are timed, on batches of random pixels that stay on the device.
 *
 * @param encoder the network
 * @param method the self-supervised method
 * @param batch number of images in a batch, each seen in two views
 * @param side height and width of an image in pixels
 * @param seed of the pixels
 */
public record Workload(Encoder encoder, SslMethod method, int batch, int side, long seed) {
  /** Stages up to this one are frozen in the bi-level problems. */
  public static final String EARLY = "layer1";

  private static final double INNER_RATE = 0.01;
  private static final double ALPHA = 0.1;

  /** One step of self-supervised training of the whole encoder with its projector, by SGD. */
  public SingleLevelProblem training(boolean augmented) {
    return Pretraining.problem(
        encoder, method, views("images", augmented), Sgd.rate(0.01).momentum(0.9));
  }

  /**
   * The bi-level problem of UMM without its memorization term, over the layers after {@link
   * #EARLY}: the loss with {@code near(theta, 1 / rate)} inside, the loss minus the coding-rate
   * reduction outside, one inner step.
   */
  public BilevelProblem bilevel(Estimator estimator) {
    Variables theta = encoder.last(EARLY).parameters();
    Variables phi = theta.copy("inner");
    Layer last = encoder.last(EARLY).with(phi.vector());
    List<Expr> inner = features(last, "inner images");
    List<Expr> outer = features(last, "outer images");
    return Bilevel.problem("bench")
        .inner(phi)
        .minimize(loss(inner))
        .startingAt(theta)
        .near(theta, 1 / INNER_RATE)
        .solvedBy(1, Sgd.rate(INNER_RATE))
        .outer(theta)
        .minimize(loss(outer).minus("coding rate reduction", ALPHA, reduction(outer)))
        .steppedBy(Sgd.rate(1e-4))
        .differentiatedBy(estimator);
  }

  /** UMM itself: the inner objective has the density of the features in it, a gradient. */
  public BilevelProblem umm(Estimator estimator) {
    return Umm.problem(
        encoder,
        method,
        views("inner images", false),
        views("outer images", false),
        UmmSettings.after(EARLY)
            .rate(INNER_RATE)
            .alpha(ALPHA)
            .optimizer(Sgd.rate(1e-4))
            .estimator(estimator));
  }

  private List<Expr> features(Layer last, String images) {
    return views(images, false).stream()
        .map(view -> encoder.early(EARLY).apply(view, Pass.evaluation()))
        .map(early -> last.apply(early, Pass.batchStatistics()))
        .toList();
  }

  private Objective loss(List<Expr> features) {
    return method.objective(features.get(0), features.get(1), Pass.batchStatistics());
  }

  private Expr reduction(List<Expr> features) {
    List<Expr> z =
        features.stream().map(h -> method.projector().apply(h, Pass.batchStatistics())).toList();
    return CodingRate.epsilonSquared(0.5).onUnitRows().reductionOfPairs(z.get(0), z.get(1));
  }

  private List<Expr> views(String name, boolean augmented) {
    if (!augmented) {
      return ImmutableList.of(pixels(name + " 1"), pixels(name + " 2"));
    }
    return method.views(side).of(pixels(name), Randomness.fixed(seed));
  }

  private Expr pixels(String name) {
    Initializer uniform =
        shape -> {
          Random random = new Random(seed ^ name.hashCode());
          return Array.fill(shape, i -> random.nextDouble());
        };
    return Expr.variable(name, Shape.of(batch, side, side, 3), uniform);
  }
}
