package io.github.bilevel4j.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.Optimizer;
import io.github.bilevel4j.shape.Array;
import org.junit.jupiter.api.Test;

class SettingsTest {
  private static final Vector PARAMETERS =
      Vector.of(ImmutableMap.of("p", Expr.variable("p", Array.matrix(new double[] {3, -4}))));

  private static Vector step(Optimizer optimizer) {
    return optimizer.next(optimizer.start(PARAMETERS), PARAMETERS.map(Expr::exp)).parameters();
  }

  private static boolean adds(double decay, Optimizer optimizer) {
    return step(optimizer).get("p").contains(PARAMETERS.get("p").times(decay));
  }

  /** Zero times a parameter that has overflowed is no number. */
  @Test
  void aDecayOfZeroIsNoTerm() {
    assertThat(adds(0.5, Sgd.rate(1).weightDecay(0.5))).isTrue();
    assertThat(adds(0, Sgd.rate(1))).isFalse();
    assertThat(adds(0.5, Adam.rate(1).weightDecay(0.5))).isTrue();
    assertThat(adds(0, Adam.rate(1))).isFalse();
    assertThat(step(Adam.rate(1).decoupledWeightDecay(0))).isEqualTo(step(Adam.rate(1)));
    assertThat(adds(0.5, Lars.facebook(1).weightDecay(0.5))).isTrue();
    assertThat(adds(0, Lars.facebook(1))).isFalse();
  }

  @Test
  void descriptions() {
    assertThat(Sgd.rate(0.1).momentum(0.9).weightDecay(1e-4).nesterov(true).description())
        .isEqualTo("SGD, rate 0.1, momentum 0.9 (Nesterov), weight decay 1.0E-4");
    assertThat(Adam.rate(Schedule.cosine(1, 0, 5)).description())
        .isEqualTo("Adam, rate from 1.0 to 0.0 along a cosine in 5 steps");
    assertThat(Adam.rate(Schedule.linear(1, 0, 5)).description())
        .isEqualTo("Adam, rate from 1.0 to 0.0 in 5 steps");
    assertThat(Adam.rate(Schedule.exponential(1, 0.5, 5)).description())
        .isEqualTo("Adam, rate from 1.0 to 0.5 in equal ratios in 5 steps");
    assertThat(Adam.rate(Schedule.warmupCosine(1, 2, 5)).description())
        .isEqualTo("Adam, rate up to 1.0 in 2 of 5 steps");
    assertThat(Adam.rate(step -> step).description()).isEqualTo("Adam, scheduled rate");
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
