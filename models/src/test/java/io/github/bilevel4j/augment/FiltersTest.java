package io.github.bilevel4j.augment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.layer.Computed;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import org.junit.jupiter.api.Test;

/** Blur, grayscale, solarize, normalize. */
class FiltersTest {
  private final RandomKey randomness = RandomKey.fixed(1);
  private static final Array IMAGES = Computed.uniform(1, 6, 5, 4, 3);
  private static final Expr X = Expr.constant(IMAGES);

  @Test
  void blurKeepsConstants() {
    Expr constant = Expr.filled(0.3, Shape.of(4, 6, 5, 3));

    assertThat(Computed.of(GaussianBlur.sigma(0.1, 2).apply(constant, randomness)).toDoubles())
        .containsExactly(Computed.of(constant).toDoubles(), within(1e-12));
  }

  @Test
  void blurSpreadsAPointAsAGaussian() {
    Expr point = Expr.range(15 * 15).equalTo(Expr.constant(7 * 15 + 7)).reshape(1, 15, 15, 1);

    Array spread = Computed.of(GaussianBlur.sigma(1, 1).apply(point, randomness));
    double center = spread.get(0, 7, 7, 0);
    assertThat(center).isCloseTo(1 / (2 * Math.PI), within(1e-6));
    assertThat(spread.get(0, 7, 8, 0) / center).isCloseTo(Math.exp(-0.5), within(1e-6));
    assertThat(spread.get(0, 9, 8, 0) / center).isCloseTo(Math.exp(-2.5), within(1e-6));
  }

  @Test
  void noBlurIsExact() {
    assertThat(Computed.of(GaussianBlur.sigma(1, 2).probability(0).apply(X, randomness)))
        .isEqualTo(IMAGES);
  }

  @Test
  void blurRefusesRangesOfNothing() {
    assertThatThrownBy(() -> GaussianBlur.sigma(0, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            gaussian blur: the sigmas must be positive numbers, the lower one first.
              low   0.0
              high  2.0""");
  }

  @Test
  void grayscaleIsTheLuminanceInAllChannels() {
    Array gray = Computed.of(Grayscale.probability(1).apply(X, randomness));

    double expected =
        0.299 * IMAGES.get(2, 3, 1, 0)
            + 0.587 * IMAGES.get(2, 3, 1, 1)
            + 0.114 * IMAGES.get(2, 3, 1, 2);
    for (int c = 0; c < 3; c++) {
      assertThat(gray.get(2, 3, 1, c)).isCloseTo(expected, within(1e-12));
    }
    assertThat(Computed.of(Grayscale.probability(0).apply(X, RandomKey.fixed(2))))
        .isEqualTo(IMAGES);
  }

  @Test
  void solarizeInvertsFromTheThresholdOn() {
    Expr values = Expr.constant(Array.of(Shape.of(1, 1, 4, 1), 0, 0.49, 0.5, 1));

    assertThat(Computed.of(Solarize.probability(1).apply(values, randomness)))
        .isEqualTo(Array.of(Shape.of(1, 1, 4, 1), 0, 0.49, 0.5, 0));
    assertThat(Computed.of(Solarize.probability(0).apply(X, randomness))).isEqualTo(IMAGES);
  }

  @Test
  void normalizeSubtractsMeansAndDividesByDeviations() {
    Normalize normalize = Normalize.of(Array.vector(0.5, 0.4, 0.3), Array.vector(0.5, 0.25, 0.2));

    Array normalized = Computed.of(normalize.apply(X, randomness));
    assertThat(normalized.get(1, 2, 3, 1))
        .isCloseTo((IMAGES.get(1, 2, 3, 1) - 0.4) / 0.25, within(1e-12));
    assertThat(normalized.get(1, 2, 3, 2))
        .isCloseTo((IMAGES.get(1, 2, 3, 2) - 0.3) / 0.2, within(1e-12));
  }

  @Test
  void normalizeRefusesAnotherNumberOfChannels() {
    assertThatThrownBy(
            () -> Normalize.cifar10().apply(Expr.input("images", 8, 3, 32, 32), randomness))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            normalize: the images should be [n, height, width, 3].
              images  images  [8, 3, 32, 32]
            Maybe the channels are not the last axis.""");
  }

  @Test
  void normalizeRefusesDeviationsOfZero() {
    assertThatThrownBy(() -> Normalize.of(Array.vector(0.5, 0.5, 0.5), Array.vector(0.2, 0, 0.2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            normalize: each channel needs a mean and a positive standard deviation.
              mean       [3][0.5, 0.5, 0.5]
              deviation  [3][0.2, 0.0, 0.2]
            Maybe a channel that is constant has no standard deviation.""");
  }
}
