package io.github.bilevel4j.augment;

import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;

/**
 * Each image with a probability smoothed by a Gaussian, whose standard deviation in pixels is
 * uniform in a range. Weights {@code exp(-(i - j)^2 / (2 sigma^2))} are normalized over the pixels
 * j of the image: nothing is assumed beyond its border. Linear in the images.
 */
public record GaussianBlur(double minSigma, double maxSigma, double probability)
    implements Augmentation {

  /**
   * Checks the settings.
   *
   * @throws IllegalArgumentException if a sigma is not positive, the range's ends are exchanged, or
   *     the probability is not in [0, 1]
   */
  public GaussianBlur {
    Require.in("gaussian blur").interval("sigmas", minSigma, maxSigma);
    Require.in("gaussian blur").probability("probability", probability);
  }

  /** With standard deviations in this range, in pixels, for all images. */
  public static GaussianBlur sigma(double min, double max) {
    return new GaussianBlur(min, max, 1);
  }

  /** With a probability. */
  public GaussianBlur probability(double newProbability) {
    return new GaussianBlur(minSigma, maxSigma, newProbability);
  }

  @Override
  public Expr apply(Expr images, RandomKey randomness) {
    ImageShapes.require("gaussian blur", images);
    int n = images.shape().dim(0);
    Expr sigma = randomness.foldIn("sigma").uniformBetween(minSigma, maxSigma, n, 1, 1);
    Expr blurred = randomness.foldIn("applied").bernoulli(probability, n, 1, 1);
    return new SeparableFilter(
            matrices(sigma, blurred, images.shape().dim(1)),
            matrices(sigma, blurred, images.shape().dim(2)))
        .apply(images);
  }

  /** Smoothing matrices {@code [n, size, size]}, the identity for images that are not blurred. */
  private static Expr matrices(Expr sigma, Expr blurred, int size) {
    Expr squares =
        Expr.constant(Array.fill(Shape.of(1, size, size), k -> square(k / size - k % size)));
    Expr weights = squares.times(sigma.squared().times(-2).reciprocal()).exp();
    return blurred.where(weights.dividedBy(weights.sumKeeping(2)), Expr.identity(size));
  }

  private static double square(double x) {
    return x * x;
  }
}
