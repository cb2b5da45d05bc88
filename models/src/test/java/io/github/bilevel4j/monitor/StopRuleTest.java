package io.github.bilevel4j.monitor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;

class StopRuleTest {
  private static final int SEEDS = 400;
  private static final double[] NOISES = {0.001, 0.003, 0.01};

  /** Where a rule has stopped, -1 if it has not. */
  private static int stop(
      StopRule rule, IntToDoubleFunction curve, double noise, long seed, int n) {
    Random random = new Random(seed);
    for (int t = 0; t < n; t++) {
      rule.add(curve.applyAsDouble(t) + noise * random.nextGaussian());
      if (rule.hasTurned()) {
        return t;
      }
    }
    return -1;
  }

  @Test
  void stopsInOnePerCentOfRisingCurvesAtMost() {
    for (double noise : NOISES) {
      int stops = 0;
      for (int seed = 0; seed < SEEDS; seed++) {
        StopRule rule = new StopRule();
        if (stop(rule, t -> 1 - 0.35 * Math.exp(-t / 12.0), noise, seed, 200) >= 0) {
          stops++;
        }
      }
      assertThat(stops).as("of %d with noise %s", SEEDS, noise).isLessThanOrEqualTo(SEEDS / 100);
    }
  }

  /** A parabola to 40, then a fall of 5 % in 20. */
  private static double turning(int t) {
    return t <= 40
        ? 1 - 0.35 * (40 - t) * (40 - t) / 1600.0
        : 1 - 0.05 * Math.min(1, (t - 40) / 20.0);
  }

  @Test
  void findsWhereACurveTurns() {
    for (double noise : NOISES) {
      int near = 0;
      double sum = 0;
      for (int seed = 0; seed < SEEDS; seed++) {
        StopRule rule = new StopRule();
        int at = stop(rule, StopRuleTest::turning, noise, seed, 120);
        near += at >= 0 && Math.abs(rule.best() - 40) <= 5 ? 1 : 0;
        sum += at;
      }
      assertThat(near / (double) SEEDS).as("noise %s", noise).isGreaterThanOrEqualTo(0.98);
      assertThat(sum / SEEDS).as("mean stop, noise %s", noise).isBetween(50.0, 62.0);
    }
  }

  /** A loss that rises again is watched with its sign changed, so that the maximum is negative. */
  @Test
  void negativeCurvesTurnToo() {
    StopRule rule = new StopRule();
    assertThat(stop(rule, t -> turning(t) - 3, 0.003, 1, 120)).isBetween(45, 60);
    assertThat(stop(new StopRule(), t -> -1 - 0.35 * Math.exp(-t / 12.0), 0.003, 1, 200))
        .isEqualTo(-1);
  }

  @Test
  void stopsThreeAfterTheMaximumAtTheEarliest() {
    StopRule rule = new StopRule();
    double[] values = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0, 0, 0, 0, 0, 0, 0, 0};
    int t = 0;
    while (!rule.hasTurned()) {
      rule.add(values[t++]);
    }
    assertThat(rule.best()).isEqualTo(9);
    assertThat(t - 1).isGreaterThanOrEqualTo(12);
    assertThatThrownBy(() -> rule.add(Double.NaN)).hasMessageContaining("value");
  }
}
