package io.github.bilevel4j.examples.bilevel;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.Random;

/** Constants drawn one after another from a seed. */
final class Draws {
  private final Random random;

  Draws(long seed) {
    this.random = new Random(seed);
  }

  /** Independent draws from the normal distribution with mean 0 and variance 1. */
  Expr normal(int... dims) {
    return Expr.constant(Array.fill(Shape.of(dims), i -> random.nextGaussian()));
  }
}
