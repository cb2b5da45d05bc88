package io.github.bilevel4j.expr;

import io.github.bilevel4j.op.Random;
import io.github.bilevel4j.shape.Shape;

/**
 * A stream of random draws, fixed by a seed and by a counter expression: at the same counter it
 * draws the same numbers, so that a run can be repeated and resumed. Use {@link #foldIn} to give
 * each user a stream of its own; two draws of the same shape from one stream are the same numbers.
 */
public final class RandomKey {
  private final long seed;
  private final Expr counter;

  private RandomKey(long seed, Expr counter) {
    this.seed = seed;
    this.counter = counter;
  }

  /** The stream of a seed whose draws change with the counter, a scalar of whole numbers. */
  public static RandomKey of(long seed, Expr counter) {
    return new RandomKey(seed, counter);
  }

  /** The stream of a seed whose draws never change. */
  public static RandomKey fixed(long seed) {
    return new RandomKey(seed, Expr.constant(0));
  }

  /** An independent stream; equal labels give the same one. */
  public RandomKey foldIn(String label) {
    // One round of splitmix64 on the seed and the label's (platform independent) hash.
    long mixed = (seed ^ (label.hashCode() * 0x9E3779B97F4A7C15L)) + 0x9E3779B97F4A7C15L;
    mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
    return new RandomKey(mixed ^ (mixed >>> 31), counter);
  }

  /** Draws from the uniform distribution on [0, 1). */
  public Expr uniform(int... dims) {
    return draw(Random.Distribution.UNIFORM, dims);
  }

  /** Draws from the uniform distribution on [low, high). */
  public Expr uniformBetween(double low, double high, int... dims) {
    return uniform(dims).times(high - low).plus(low);
  }

  /** Draws from the normal distribution with mean 0 and variance 1. */
  public Expr normal(int... dims) {
    return draw(Random.Distribution.NORMAL, dims);
  }

  /** Ones with the given probability, else zeros. */
  public Expr bernoulli(double probability, int... dims) {
    return uniform(dims).lessThan(probability);
  }

  private Expr draw(Random.Distribution distribution, int... dims) {
    return Expr.of(new Random(distribution, Shape.of(dims), seed), counter);
  }
}
