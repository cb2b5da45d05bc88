package io.github.bilevel4j.examples.bench;

import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;

/**
 * Arrays of uniform numbers in [-1, 1) that any language can make without a file: with {@code z = k
 * 0x9E3779B97F4A7C15 + seed 0xD1B54A32D192ED03} for k = 1, 2, ... in row-major order, mixed as in
 * SplitMix64 (Steele, Lea, Flood, 2014), the value is {@code 2 (z >>> 11) 2^-53 - 1}.
 */
final class SplitMixArrays {
  private static final long STRIDE = 0x9e3779b97f4a7c15L;
  private static final long STREAM = 0xd1b54a32d192ed03L;

  private SplitMixArrays() {}

  /** The array of a seed and a shape. */
  static Array uniform(long seed, int... dims) {
    return Array.fill(Shape.of(dims), k -> uniform((k + 1) * STRIDE + seed * STREAM));
  }

  private static double uniform(long z) {
    long once = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    long twice = (once ^ (once >>> 27)) * 0x94d049bb133111ebL;
    return 2 * ((twice ^ (twice >>> 31)) >>> 11) * 0x1.0p-53 - 1;
  }
}
