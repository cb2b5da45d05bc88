package io.github.bilevel4j.examples.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.examples.bench.ScaledProblem.Need;
import org.junit.jupiter.api.Test;

class ScaleBenchTest {
  private static final Interconnect LINKS = new Interconnect(8, 300, 50, 4, 0.5, 2);

  /** Twice around the ring, over the slowest link. */
  @Test
  void aRingsTime() {
    assertThat(LINKS.latency(1)).isZero();
    assertThat(LINKS.transfer(1, 600)).isZero();
    assertThat(LINKS.latency(8)).isEqualTo(4 + 14 * 0.5);
    assertThat(LINKS.transfer(8, 600)).isEqualTo(2 * 7.0 / 8 * 600 / 300);
    assertThat(LINKS.latency(16)).isEqualTo(4 + 28 * 0.5 + 2 * 2);
    assertThat(LINKS.transfer(16, 600)).isEqualTo(2 * 15.0 / 16 * 600 / 50);
    assertThat(LINKS.latency(12)).isEqualTo(4 + 20 * 0.5 + 2 * 2);
  }

  @Test
  void whatTakesLongestIsTheBottleneck() {
    StepModel model = StepModel.of(new Need(100, 20, 3, 600, 0), 8, 10, LINKS);
    assertThat(model.compute()).isEqualTo(10);
    assertThat(model.repeated()).isEqualTo(2);
    assertThat(model.latency()).isEqualTo(33);
    assertThat(model.transfer()).isEqualTo(3.5);
    assertThat(model.seconds()).isEqualTo(48.5);
    assertThat(model.bottleneck()).isEqualTo("latency");
    assertThat(model.efficiency(8)).isCloseTo((10 + 2 / 8.0) / 48.5, within(1e-12));
    assertThat(StepModel.of(new Need(100, 20, 0, 6000, 0), 8, 10, LINKS).bottleneck())
        .isEqualTo("bandwidth");
  }
}
