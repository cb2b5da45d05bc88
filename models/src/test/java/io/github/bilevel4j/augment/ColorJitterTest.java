package io.github.bilevel4j.augment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.layer.Computed;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ColorJitterTest {
  private static final RandomKey RANDOMNESS = RandomKey.fixed(1);
  private static final Array IMAGES = Computed.uniform(1, 50, 4, 4, 3);
  private static final Expr X = Expr.constant(IMAGES);

  @Test
  void withoutStrengthOrProbabilityChangesNothing() {
    List<Array> same =
        Computed.of(
            List.of(
                ColorJitter.strengths(0, 0, 0, 0).apply(X, RANDOMNESS),
                ColorJitter.strengths(0.8, 0.8, 0.8, 0.2).probability(0).apply(X, RANDOMNESS)));

    assertThat(same.get(0)).isEqualTo(IMAGES);
    assertThat(same.get(1).toDoubles()).containsExactly(IMAGES.toDoubles(), within(1e-12));
  }

  @Test
  void brightnessFactorsFillTheirRange() {
    Expr gray = Expr.filled(0.5, Shape.of(2000, 1, 1, 3));
    Expr changed = ColorJitter.strengths(0.4, 0, 0, 0).apply(gray, RANDOMNESS);

    double[] factors = Arrays.stream(Computed.of(changed).toDoubles()).map(v -> v / 0.5).toArray();
    assertThat(Arrays.stream(factors).min().orElseThrow()).isBetween(0.6, 0.602);
    assertThat(Arrays.stream(factors).max().orElseThrow()).isBetween(1.398, 1.4);
    assertThat(Arrays.stream(factors).average().orElseThrow()).isCloseTo(1, within(0.02));
  }

  @Test
  void strengthsAboveOneStartAtZero() {
    Expr gray = Expr.filled(0.25, Shape.of(2000, 1, 1, 3));
    Expr changed = ColorJitter.strengths(2, 0, 0, 0).apply(gray, RANDOMNESS);

    double[] factors = Arrays.stream(Computed.of(changed).toDoubles()).map(v -> v / 0.25).toArray();
    assertThat(Arrays.stream(factors).min().orElseThrow()).isBetween(0.0, 0.01);
    assertThat(Arrays.stream(factors).max().orElseThrow()).isBetween(2.99, 3.0);
  }

  @Test
  void changesTheShareOfImagesAskedFor() {
    Expr gray = Expr.filled(0.5, Shape.of(2000, 1, 1, 3));
    Expr changed = ColorJitter.strengths(0.4, 0, 0, 0).probability(0.8).apply(gray, RANDOMNESS);

    double[] values = Computed.of(changed).toDoubles();
    assertThat(Arrays.stream(values).filter(v -> v != 0.5).count() / 6000.0)
        .isCloseTo(0.8, within(0.03));
  }

  @Test
  void staysInRange() {
    Expr changed = ColorJitter.strengths(0.8, 0.8, 0.8, 0.5).apply(X, RANDOMNESS);

    double[] values = Computed.of(changed).toDoubles();
    assertThat(Arrays.stream(values).min().orElseThrow()).isGreaterThanOrEqualTo(-1e-12);
    assertThat(Arrays.stream(values).max().orElseThrow()).isLessThanOrEqualTo(1 + 1e-12);
    assertThat(values).isNotEqualTo(IMAGES.toDoubles());
  }

  @Test
  void refusesStrengthsOutOfRange() {
    assertThatThrownBy(() -> ColorJitter.strengths(0.4, 0.4, 0.1, 0.8))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            color jitter: a strength is negative, or the hue's is beyond 0.5.
              brightness  0.4
              contrast    0.4
              saturation  0.1
              hue         0.8
            Maybe the strengths were given in another order.""");
  }

  @Test
  void refusesWhatHasNoColors() {
    assertThatThrownBy(
            () ->
                ColorJitter.strengths(0.4, 0.4, 0.4, 0.1)
                    .apply(Expr.input("images", 8, 3, 32, 32), RANDOMNESS))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            color jitter: the images should be [n, height, width, 3].
              images  images  [8, 3, 32, 32]
            Maybe the channels are not the last axis.""");
  }
}
