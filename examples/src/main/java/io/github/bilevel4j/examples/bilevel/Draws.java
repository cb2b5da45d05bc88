package io.github.bilevel4j.examples.bilevel;

import com.google.common.primitives.Ints;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.Collections;
import java.util.Random;
import java.util.stream.IntStream;

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

  /** One draw from the uniform distribution on [low, high). */
  double between(double low, double high) {
    return low + (high - low) * random.nextDouble();
  }

  /** One draw from {@code 0 .. bound - 1}. */
  int below(int bound) {
    return random.nextInt(bound);
  }

  /** The numbers {@code 0 .. count - 1} in random order. */
  int[] permutation(int count) {
    int[] order = IntStream.range(0, count).toArray();
    Collections.shuffle(Ints.asList(order), random);
    return order;
  }
}
