package io.github.bilevel4j.losses.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BesselKTest {
  /** {@code K_{1/2}(x) = sqrt(pi / 2x) e^-x}, {@code K_{3/2} = K_{1/2} (1 + 1/x)}. */
  @ParameterizedTest
  @ValueSource(doubles = {1e-12, 1e-3, 0.1, 1, 7, 100})
  void ofHalfOrdersIsElementary(double x) {
    double half = Math.log(Math.PI / (2 * x)) / 2 - x;
    assertThat(BesselK.log(0.5, x)).isCloseTo(half, within(1e-13 * (1 + Math.abs(half))));
    double next = half + Math.log1p(1 / x);
    assertThat(BesselK.log(1.5, x)).isCloseTo(next, within(1e-13 * (1 + Math.abs(next))));
  }

  /** {@code K_{v+1}(x) = K_{v-1}(x) + 2v/x K_v(x)}. */
  @ParameterizedTest
  @ValueSource(doubles = {1e-12, 0.3, 2, 30, 100})
  void obeysItsRecurrence(double x) {
    for (double v : new double[] {1, 2.5, 31.5, 127.5, 1023.5}) {
      double sum =
          Math.exp(BesselK.log(v - 1, x) - BesselK.log(v + 1, x))
              + 2 * v / x * Math.exp(BesselK.log(v, x) - BesselK.log(v + 1, x));
      assertThat(sum).as("order %s", v).isCloseTo(1, within(1e-10));
    }
  }

  /** Abramowitz and Stegun, table 9.8: {@code K_0(1)} and {@code K_1(1)}. */
  @Test
  void agreesWithTables() {
    assertThat(Math.exp(BesselK.log(0, 1))).isCloseTo(0.42102443824070834, within(1e-14));
    assertThat(Math.exp(BesselK.log(1, 1))).isCloseTo(0.6019072301972346, within(1e-14));
  }
}
