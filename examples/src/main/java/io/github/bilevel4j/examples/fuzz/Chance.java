package io.github.bilevel4j.examples.fuzz;

import java.util.List;
import java.util.SplittableRandom;

/** The random choices of one case. */
final class Chance {
  private static final int[] EDGES = {
    Integer.MIN_VALUE,
    Integer.MIN_VALUE + 1,
    -(1 << 30),
    -65536,
    -255,
    -9,
    -3,
    -2,
    -1,
    0,
    1,
    2,
    3,
    8,
    9,
    254,
    255,
    256,
    46341,
    65536,
    1 << 28,
    1 << 30,
    Integer.MAX_VALUE - 1,
    Integer.MAX_VALUE
  };
  private static final double[] SPECIAL = {
    Double.NaN,
    Double.POSITIVE_INFINITY,
    Double.NEGATIVE_INFINITY,
    0.0,
    -0.0,
    1,
    -1,
    2,
    0.5,
    Double.MIN_VALUE,
    1e-310,
    1e-40,
    -1e-40,
    1.2e-38,
    1e-20,
    1e20,
    -1e20,
    3.4e38,
    -3.4e38,
    1e300,
    -Double.MAX_VALUE,
    Double.MAX_VALUE
  };

  private final SplittableRandom random;

  Chance(long seed) {
    random = new SplittableRandom(seed);
  }

  int below(int bound) {
    return random.nextInt(bound);
  }

  boolean happens(double probability) {
    return random.nextDouble() < probability;
  }

  <T> T pick(List<T> list) {
    return list.get(below(list.size()));
  }

  /** An integer at which something may wrap or end. */
  int edge() {
    return EDGES[below(EDGES.length)];
  }

  /** A number at which something may overflow, underflow or be undefined. */
  double special() {
    return SPECIAL[below(SPECIAL.length)];
  }

  /** Between -2 and 2, seldom near zero. */
  double moderate() {
    return (random.nextDouble() + 0.05) * (random.nextBoolean() ? 2 : -2) / 1.05;
  }

  long bits() {
    return random.nextLong();
  }
}
