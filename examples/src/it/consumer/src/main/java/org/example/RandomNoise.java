package org.example;

import io.github.bilevel4j.augment.Augmentation;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;

/**
 * An augmentation: each image with a probability gets normal noise on every value, which is then
 * kept in [0, 1]. Each draw has a key of its own.
 */
public record RandomNoise(double deviation, double probability) implements Augmentation {

  public RandomNoise {
    Require.in("random noise")
        .positive("deviation", deviation)
        .probability("probability", probability);
  }

  @Override
  public Expr apply(Expr images, RandomKey randomness) {
    int n = images.shape().dim(0);
    Expr chosen = randomness.foldIn("chosen").bernoulli(probability, n, 1, 1, 1);
    Expr noise = randomness.foldIn("noise").normal(images.shape().toArray());
    return images.plus(noise.times(deviation).times(chosen)).maximum(0).minimum(1);
  }
}
