package io.github.bilevel4j.augment;

import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;

/** Each image with a probability: values from the threshold 0.5 on are inverted, {@code 1 - x}. */
public record Solarize(double probability) implements Augmentation {
  private static final double THRESHOLD = 0.5;

  /**
   * Checks the probability.
   *
   * @throws IllegalArgumentException if it is not in [0, 1]
   */
  public Solarize {
    Require.in("solarize").probability("probability", probability);
  }

  /** With a probability, usually 0.2. */
  public static Solarize probability(double probability) {
    return new Solarize(probability);
  }

  @Override
  public Expr apply(Expr images, RandomKey randomness) {
    ImageShapes.require("solarize", images);
    Expr solarized = randomness.bernoulli(probability, images.shape().dim(0), 1, 1, 1);
    Expr inverted = images.atLeast(THRESHOLD).times(solarized);
    return images.plus(inverted.times(images.times(-2).plus(1)));
  }
}
