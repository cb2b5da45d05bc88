package org.example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bilevel4j.augment.Views;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** An augmentation's randomness comes from its key alone. */
class RandomNoiseTest {
  private static final Shape SHAPE = Shape.of(100, 8, 8, 3);
  private static final int SIZE = 8 * 8 * 3;
  private static final Array GRAY = Array.fill(SHAPE, i -> 0.5);

  private final Expr images = Expr.constant(GRAY);

  @Test
  void noiseOnSomeImages() {
    Array noisy = changed(new RandomNoise(0.1, 0.3), RandomKey.fixed(1));
    int chosen = 0;
    double squares = 0;
    for (int n = 0; n < 100; n++) {
      double[] image = new double[SIZE];
      for (int k = 0; k < SIZE; k++) {
        image[k] = noisy.at(n * SIZE + k) - 0.5;
      }
      boolean changed = IntStream.range(0, SIZE).anyMatch(k -> image[k] != 0);
      assertEquals(changed, IntStream.range(0, SIZE).allMatch(k -> image[k] != 0));
      chosen += changed ? 1 : 0;
      squares += IntStream.range(0, SIZE).mapToDouble(k -> image[k] * image[k]).sum();
    }
    // Three standard deviations of the number, 4.6; more than five of the variance.
    assertEquals(30, chosen, 14);
    assertEquals(0.01, squares / (chosen * SIZE), 0.001);
  }

  @Test
  void staysInRange() {
    Array noisy = changed(new RandomNoise(2, 1), RandomKey.fixed(1));
    assertTrue(
        IntStream.range(0, noisy.size()).allMatch(i -> 0 <= noisy.at(i) && noisy.at(i) <= 1));
    assertTrue(IntStream.range(0, noisy.size()).anyMatch(i -> noisy.at(i) == 1));
  }

  @Test
  void theKeyDecides() {
    RandomNoise noise = new RandomNoise(0.1, 0.5);
    assertEquals(changed(noise, RandomKey.fixed(1)), changed(noise, RandomKey.fixed(1)));
    assertNotEquals(changed(noise, RandomKey.fixed(1)), changed(noise, RandomKey.fixed(2)));
  }

  @Test
  void viewsAreDrawnIndependently() {
    List<Expr> views = Views.alike(new RandomNoise(0.1, 1)).of(images, RandomKey.fixed(1));
    Results results = Values.of(Map.of("first", views.get(0), "second", views.get(1)), Feed.none());
    assertNotEquals(results.get("first"), results.get("second"));
  }

  private Array changed(RandomNoise noise, RandomKey key) {
    return Values.of(Map.of("noisy", noise.apply(images, key)), Feed.none()).get("noisy");
  }
}
