package io.github.bilevel4j.data;

/**
 * The generator SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators,
 * OOPSLA 2014): the same numbers on every platform and Java version.
 */
final class SplitMix {
  private static final long GAMMA = 0x9e3779b97f4a7c15L;

  private long state;

  private SplitMix(long state) {
    this.state = state;
  }

  /** Stream {@code number} of a seed. */
  static SplitMix stream(long seed, long number) {
    return new SplitMix(mixed(mixed(seed) + GAMMA * number));
  }

  private static long mixed(long z) {
    long once = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    long twice = (once ^ (once >>> 27)) * 0x94d049bb133111ebL;
    return twice ^ (twice >>> 31);
  }

  long nextLong() {
    state += GAMMA;
    return mixed(state);
  }

  /** Uniform in {@code [0, bound)}, but for a bias of at most {@code bound / 2^64}. */
  int nextInt(int bound) {
    return (int) Long.remainderUnsigned(nextLong(), bound);
  }

  /** Uniform in {@code [low, high)}, from 53 bits. */
  double between(double low, double high) {
    return low + (high - low) * bits() * 0x1.0p-53;
  }

  /** 53 of them. */
  private long bits() {
    return nextLong() >>> 11;
  }

  /**
   * Nearly normal with mean 0 and variance 1: the sum of twelve uniform numbers less 6, which needs
   * no logarithm and so has the same bits everywhere.
   */
  double nextGaussian() {
    double sum = -6;
    for (int i = 0; i < 12; i++) {
      sum += bits() * 0x1.0p-53;
    }
    return sum;
  }

  /** A uniformly random order of {@code 0 .. count - 1} (Fisher and Yates). */
  int[] permutation(int count) {
    int[] order = new int[count];
    for (int i = 0; i < count; i++) {
      int j = nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }
}
