package io.github.bilevel4j.expr;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.hash.Hashing;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.op.Random;
import io.github.bilevel4j.shape.Shape;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A key of random draws, fixed by a seed and by a counter expression: at the same counter it draws
 * the same numbers, so that a run can be repeated and resumed. Each draw takes a key of its own,
 * made with {@link #foldIn}; a second draw of the same shape from one key would be the same numbers
 * and is an error. Two keys made alike draw the same numbers, each once.
 */
public final class RandomKey {
  private final long seed;
  private final Expr counter;
  private final int replicas;
  private final Set<Shape> drawn = ConcurrentHashMap.newKeySet();

  private RandomKey(long seed, Expr counter, int replicas) {
    this.seed = seed;
    this.counter = counter;
    this.replicas = replicas;
  }

  /** The key of a seed whose draws change with the counter, a scalar of whole numbers. */
  public static RandomKey of(long seed, Expr counter) {
    return new RandomKey(seed, counter, 1);
  }

  /** The key of a seed whose draws never change. */
  public static RandomKey fixed(long seed) {
    return new RandomKey(seed, Expr.constant(0), 1);
  }

  /**
   * A new independent key: its seed is the SipHash-2-4 (Aumasson and Bernstein, 2012) of the label,
   * with this key's seed as the hash's key. Equal labels give keys that draw the same numbers.
   */
  public RandomKey foldIn(String label) {
    long folded = Hashing.sipHash24(seed, 0).hashString(label, UTF_8).asLong();
    return new RandomKey(folded, counter, replicas);
  }

  /**
   * The same key on one of several replicas, each of which draws for rows of its own: what it draws
   * is its {@linkplain Collectives#ownRows rows} of what this key draws for the rows of all, {@code
   * [replicas n, ...]} for a draw of {@code [n, ...]}. A scalar draw is the same on all.
   *
   * @throws UsageError if the number of replicas is below one
   */
  public RandomKey across(int newReplicas) {
    Require.in("random key").atLeast(1, "number of replicas", newReplicas);
    return new RandomKey(seed, counter, newReplicas);
  }

  /**
   * Draws from the uniform distribution on [0, 1).
   *
   * @throws IllegalArgumentException if this key has drawn an array of this shape before
   */
  public Expr uniform(int... dims) {
    return draw(Random.Distribution.UNIFORM, dims);
  }

  /**
   * Draws from the uniform distribution on [low, high).
   *
   * @throws IllegalArgumentException if this key has drawn an array of this shape before
   */
  public Expr uniformBetween(double low, double high, int... dims) {
    return uniform(dims).times(high - low).plus(low);
  }

  /**
   * Draws from the normal distribution with mean 0 and variance 1.
   *
   * @throws IllegalArgumentException if this key has drawn an array of this shape before
   */
  public Expr normal(int... dims) {
    return draw(Random.Distribution.NORMAL, dims);
  }

  /**
   * Ones with the given probability, else zeros.
   *
   * @throws IllegalArgumentException if this key has drawn an array of this shape before
   */
  public Expr bernoulli(double probability, int... dims) {
    return uniform(dims).lessThan(probability);
  }

  private Expr draw(Random.Distribution distribution, int... dims) {
    Shape own = Shape.of(dims);
    Shape all = own.isScalar() ? own : own.withDim(0, Math.multiplyExact(own.dim(0), replicas));
    Random random = new Random(distribution, all, seed);
    Expr draws = Expr.of(random, counter);
    // Normal draws are made from the uniform ones of the same seed: they depend on each other too.
    if (!drawn.add(random.target())) {
      throw UsageError.in(random.label())
          .because("a key is drawn from twice for one shape, which gives dependent numbers")
          .row("shape", random.target().toString())
          .row("key", "seed " + seed + ", counter " + counter.label())
          .maybe("each draw needs a key of its own: key.foldIn(\"noise\"), key.foldIn(\"mask\").");
    }
    return own.isScalar() ? draws : draws.ownRows(replicas);
  }
}
