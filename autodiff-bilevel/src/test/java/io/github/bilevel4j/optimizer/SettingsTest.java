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
            SGD: the rate must be positive, got -0.1.""");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Sgd.rate(0.1).momentum(1))
        .withMessage(
            """
            SGD: the momentum must be in [0, 1), got 1.0.""");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Adam.rate(0.1).weightDecay(-1))
        .withMessage(
            """
            Adam: the weight decay must be zero or more, got -1.0.""");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Schedule.warmupCosine(0.1, 10, 10))
        .withMessage(
            """
            cosine schedule: the number of steps must be 1 or more, got 0.""");
  }
}
