package io.github.bilevel4j.augment;

import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;

/** Each image mirrored left to right with a probability. */
public record HorizontalFlip(double probability) implements Augmentation {

  /**
   * Checks the probability.
   *
   * @throws IllegalArgumentException if it is not in [0, 1]
   */
  public HorizontalFlip {
    Require.in("horizontal flip").probability("probability", probability);
  }

  /** With a probability, usually 0.5. */
  public static HorizontalFlip probability(double probability) {
    return new HorizontalFlip(probability);
  }

  @Override
  public Expr apply(Expr images, RandomKey randomness) {
    ImageShapes.require("horizontal flip", images);
    Expr flipped = randomness.bernoulli(probability, images.shape().dim(0), 1, 1, 1);
    Expr kept = flipped.negated().plus(1);
    return images.reversed(2).times(flipped).plus(images.times(kept));
  }
}
