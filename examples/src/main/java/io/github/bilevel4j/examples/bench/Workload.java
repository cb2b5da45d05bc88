package io.github.bilevel4j.examples.bench;

import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.examples.umm.Umm;
import io.github.bilevel4j.examples.umm.UmmSettings;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.layer.Pass;
import io.github.bilevel4j.losses.ViewPair;
import io.github.bilevel4j.losses.information.CodingRate;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.problem.SingleLevelProblem;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.ssl.ImageBatch;
import io.github.bilevel4j.ssl.Network;
import io.github.bilevel4j.ssl.Pretraining;
import io.github.bilevel4j.ssl.Recipe;
import io.github.bilevel4j.ssl.ViewBatch;
import java.util.List;
import java.util.Random;

/**
 * The problems that are timed, on batches of random pixels that stay on the device.
 *
 * @param encoder the network
 * @param recipe the self-supervised method and its views
 * @param batch number of images in a batch, each seen in two views
 * @param side height and width of an image in pixels
 * @param seed of the pixels
 */
public record Workload(Encoder encoder, Recipe recipe, int batch, int side, long seed) {
  /** Stages up to this one are frozen in the bi-level problems. */
  public static final String EARLY = "layer1";

  private static final double INNER_RATE = 0.01;
  private static final double ALPHA = 0.1;

  /** One step of self-supervised training of the whole encoder with its projector, by SGD. */
  public SingleLevelProblem training(boolean augmented) {
    return Pretraining.problem(encoder, views("images", augmented), Sgd.rate(0.01).momentum(0.9));
  }

  /**
   * The bi-level problem of UMM without its memorization term, over the layers after {@link
   * #EARLY}: the loss with {@code near(theta, 1 / rate)} inside, the loss minus the coding-rate
   * reduction outside, one inner step.
   */
  public BilevelProblem bilevel(HypergradientEstimator estimator) {
    Variables theta = encoder.last(EARLY).parameters();
    Variables phi = theta.copy("inner");
    Network network = Network.frozenUpTo(EARLY, encoder, Pass.batchStatistics()).with(phi.vector());
    ViewBatch outer = views("outer images", false);
    return Bilevel.problem("bench")
        .inner(phi)
        .minimize(loss(network, views("inner images", false)))
        .startingAt(theta)
        .near(theta, 1 / INNER_RATE)
        .solvedBy(1, Sgd.rate(INNER_RATE))
        .outer(theta)
        .minimize(
            loss(network, outer).minus("coding rate reduction", ALPHA, reduction(network, outer)))
        .steppedBy(Sgd.rate(1e-4))
        .differentiatedBy(estimator);
  }

  /** UMM itself: the inner objective has the density of the features in it, a gradient. */
  public BilevelProblem umm(HypergradientEstimator estimator) {
    return Umm.problem(
        encoder,
        views("inner images", false),
        views("outer images", false),
        UmmSettings.after(EARLY)
            .rate(INNER_RATE)
            .alpha(ALPHA)
            .optimizer(Sgd.rate(1e-4))
            .estimator(estimator));
  }

  private static Objective loss(Network network, ViewBatch views) {
    return views.loss(network).objective();
  }

  private static Expr reduction(Network network, ViewBatch views) {
    ViewPair z = network.embedPair(views.views(), views.method().projector());
    return CodingRate.epsilonSquared(0.5).onUnitRows().reductionOfPairs(z.first(), z.second());
  }

  private ViewBatch views(String name, boolean augmented) {
    return augmented
        ? recipe.views(ImageBatch.of(pixels(name)), RandomKey.fixed(seed))
        : ViewBatch.of(recipe.method(), List.of(pixels(name + " 1"), pixels(name + " 2")));
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
