package io.github.bilevel4j.augment;

import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.shape.Shape;

/**
 * Each image with a probability replaced by its luminance {@code 0.299 red + 0.587 green + 0.114
 * blue} (ITU-R BT.601), in all three channels.
 */
public record Grayscale(double probability) implements Augmentation {

  /**
   * Checks the probability.
   *
   * @throws IllegalArgumentException if it is not in [0, 1]
   */
  public Grayscale {
    Require.in("grayscale").probability("probability", probability);
  }

  /** With a probability, usually 0.2. */
  public static Grayscale probability(double probability) {
    return new Grayscale(probability);
  }

  @Override
  public Expr apply(Expr images, RandomKey randomness) {
    ImageShapes.requireColor("grayscale", images);
    int n = images.shape().dim(0);
    Expr gray = randomness.bernoulli(probability, n, 1, 1);
    Expr luminance =
        Expr.constant(ChannelsFirst.LUMINANCE).unsqueezed(1).broadcastTo(Shape.of(3, 3));
    Expr colors = Expr.identity(3);
    Expr mixing = luminance.times(gray).plus(colors.times(gray.negated().plus(1)));
    return images.reshape(n, -1, 3).matmul(mixing).reshape(images.shape());
  }
}
