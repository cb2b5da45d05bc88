package io.github.bilevel4j.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class SettingsTest {
  @Test
  void descriptions() {
    assertThat(Sgd.rate(0.1).momentum(0.9).weightDecay(1e-4).nesterov(true).description())
        .isEqualTo("SGD, rate 0.1, momentum 0.9 (Nesterov), weight decay 1.0E-4");
    assertThat(Adam.rate(Schedule.cosine(1, 0, 5)).description()).isEqualTo("Adam, scheduled rate");
    assertThat(Adam.rate(0.1).decoupledWeightDecay(0.01).description())
        .isEqualTo("AdamW, rate 0.1, weight decay 0.01");
  }

  @Test
  void ranges() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Sgd.rate(-0.1))
        .withMessage(
            """
            SGD: the rate is not a positive number, -0.1.
            Maybe 0.001 was meant.""");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Sgd.rate(0.1).momentum(1))
        .withMessage(
            """
            SGD: the momentum is not in [0, 1), 1.0.
            Maybe 0.9 was meant.""");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Adam.rate(0.1).weightDecay(-1))
        .withMessage(
            """
            Adam: the weight decay is negative or not finite, -1.0.
            Maybe 0 was meant.""");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Schedule.warmupCosine(0.1, 10, 10))
        .withMessage(
            """
            cosine schedule: it lasts 0 steps.
            Maybe the run is shorter than its warm-up, or has no steps.""");
  }
}
