package io.github.bilevel4j.losses.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.losses.OnCpu;
import io.github.bilevel4j.shape.Array;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class RandomFeaturesTest {
  @Test
  void areCosinesOfTheFrequencies() {
    RandomFeatures features =
        RandomFeatures.along(
            OnCpu.matrix("directions", new double[][] {{3, 4}, {0, -2}}),
            OnCpu.vector("lengths", 10, 2),
            OnCpu.vector("phases", 0.5, 1));
    Expr x = OnCpu.matrix("x", new double[][] {{0.1, 0.2}});
    // Frequencies (6, 8) and (0, -2); sqrt(2 / F) is one.
    assertThat(OnCpu.value(features.of(x)).toDoubles())
        .containsExactly(new double[] {Math.cos(2.7), Math.cos(0.6)}, within(1e-14));
  }

  @Test
  void amplitudesFollowTheirLaw() {
    KernelSpectrum law = KernelSpectrum.inDimensions(8);
    Array amplitudes = law.amplitudes();
    assertThat(amplitudes.size()).isEqualTo(10_000);
    assertThat(amplitudes.at(9_999)).isCloseTo(100, within(1e-12));
    assertThat(DoubleStream.of(law.probabilities().toDoubles()).sum()).isCloseTo(1, within(1e-12));
    double mean = 0;
    for (int i = 0; i < amplitudes.size(); i++) {
      mean += amplitudes.at(i) * law.probabilities().at(i);
    }
    double[] draws = OnCpu.value(law.drawn(4_000, RandomKey.fixed(3))).toDoubles();
    assertThat(DoubleStream.of(draws).average().orElseThrow()).isCloseTo(mean, within(0.15));
    assertThat(DoubleStream.of(draws).distinct().count()).isGreaterThan(500);
  }

  /** {@code K_v(a) a^v} is proportional to e^-a for v = 1/2, to (1 + a) e^-a for v = 3/2. */
  @Test
  void theLawOfEvenDimensionsIsElementary() {
    Array grid = Array.vector(0.5, 1, 3);
    double sum = Math.exp(-0.5) + Math.exp(-1) + Math.exp(-3);
    assertThat(KernelSpectrum.on(grid, 2).probabilities().toDoubles())
        .containsExactly(
            new double[] {Math.exp(-0.5) / sum, Math.exp(-1) / sum, Math.exp(-3) / sum},
            within(1e-14));
    sum = 1.5 * Math.exp(-0.5) + 2 * Math.exp(-1) + 4 * Math.exp(-3);
    assertThat(KernelSpectrum.on(grid, 4).probabilities().toDoubles())
        .containsExactly(
            new double[] {
              1.5 * Math.exp(-0.5) / sum, 2 * Math.exp(-1) / sum, 4 * Math.exp(-3) / sum
            },
            within(1e-14));
  }

  /** Rounding may leave the sum of the probabilities below one. */
  @Test
  void drawsAboveTheSumAreAtTheLastAmplitude() {
    KernelSpectrum law = new KernelSpectrum(Array.vector(1, 2, 7), Array.vector(0, 0, 0));
    assertThat(OnCpu.value(law.drawn(4, RandomKey.fixed(3))).toDoubles())
        .containsExactly(7, 7, 7, 7);
  }

  @Test
  void rejectVectorsOfAnotherLength() {
    RandomFeatures features = RandomFeatures.drawn(16, 3, RandomKey.fixed(1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> features.of(Expr.input("x", 5, 4)))
        .withMessage(
            """
            RandomFeatures: the features are of vectors of length 3.
              x  x  [5, 4]
            Maybe RandomFeatures.drawn(16, 4, ...) was meant.""");
  }

  @Test
  void rejectNumbersThatAreNotPositive() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RandomFeatures.drawn(0, 3, RandomKey.fixed(1)))
        .withMessage(
            """
            RandomFeatures: the number of features must be 1 or more, got 0.""");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new RandomFeatures(Expr.input("w", 4, 3), Expr.input("b", 3)))
        .withMessage(
            """
            RandomFeatures: needs frequencies [F, d] and a phase [F] for each.
              frequencies  w  [4, 3]
              phases       b  [3]
            Maybe RandomFeatures.drawn(512, 64, randomness) was meant.""");
  }
}
