package io.github.bilevel4j.monitor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AssociationTest {
  private static final double[] A = {1, 2, 2, 5, 7, 6, 9, 4};
  private static final double[] B = {2, 1, 4, 4, 9, 7, 3, 8};

  /** The values of SciPy's pearsonr and spearmanr, and of the formulas in Python. */
  @Test
  void agreesWithAnIndependentProgram() {
    Association of = Association.of(A, B);
    assertThat(of.pearson()).isCloseTo(0.4410467700208026, within(1e-12));
    assertThat(of.effective()).isCloseTo(6.876412419798973, within(1e-12));
    assertThat(of.fisherLow()).isCloseTo(-0.479204909287769, within(1e-12));
    assertThat(of.fisherHigh()).isCloseTo(0.8993886077857056, within(1e-12));
    assertThat(of.spearman()).isCloseTo(0.4879518072289156, within(1e-12));
    assertThat(of.differences()).isCloseTo(-0.47806958962345725, within(1e-12));
    assertThat(of.late()).isCloseTo(-0.7001919503801805, within(1e-12));
  }

  /** Coefficient, pairs, and the interval to three digits. */
  @ParameterizedTest
  @CsvSource({"0.94,200,0.921,0.954", "0.94,40,0.889,0.968", "0.94,13,0.807,0.982"})
  void intervalsOfIndependentPairs(double pearson, double pairs, double low, double high) {
    assertThat(Association.fisher(pearson, pairs, -1)).isCloseTo(low, within(5e-4));
    assertThat(Association.fisher(pearson, pairs, 1)).isCloseTo(high, within(5e-4));
  }

  private static double[] noisy(long seed, int n, double share) {
    Random random = new Random(seed);
    return IntStream.range(0, n)
        .mapToDouble(i -> share * Math.sin(i) + (1 - share) * random.nextGaussian())
        .toArray();
  }

  @Test
  void theIntervalHasTheCoefficientInIt() {
    for (int seed = 0; seed < 10; seed++) {
      Association of = Association.of(noisy(seed, 60, 0.6), noisy(seed + 50, 60, 0.6));
      assertThat(of.pearson()).isBetween(of.low(), of.high());
      assertThat(of.high() - of.low()).isBetween(0.1, 1.0);
    }
    double[] series = noisy(1, 40, 0.5);
    assertThat(Association.of(series, series).low()).isCloseTo(1, within(1e-12));
  }

  /** Two rising curves correlate, their changes do not. */
  @Test
  void changesTellTrendsApart() {
    double[] a = IntStream.range(0, 200).mapToDouble(i -> i + noisy(11, 200, 0)[i]).toArray();
    double[] b = IntStream.range(0, 200).mapToDouble(i -> i + noisy(400, 200, 0)[i]).toArray();
    Association of = Association.of(a, b);
    assertThat(of.pearson()).isGreaterThan(0.99);
    assertThat(of.differences()).isBetween(-0.3, 0.3);
  }

  @Test
  void whatCannotBeTold() {
    Association constant = Association.of(new double[] {1, 1, 1, 1}, new double[] {1, 2, 3, 4});
    assertThat(constant.pearson()).isNaN();
    assertThat(constant.low()).isNaN();
    assertThat(constant.late()).isNaN();
    assertThatThrownBy(() -> Association.of(new double[3], new double[3]))
        .hasMessage(
            """
            association: series of 3 and 3 moments are not two of the same 4 or more.
            Maybe more epochs, or --monitor 1, were meant.""");
  }
}
