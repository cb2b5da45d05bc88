package io.github.bilevel4j.losses.contrastive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.OnCpu;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import org.junit.jupiter.api.Test;

class LearnedTemperatureRelicTest {
  private final LearnedTemperatureRelic relic = LearnedTemperatureRelic.weight(0);
  private final Expr x = OnCpu.random("x", 1, 3, 4);
  private final Expr target = OnCpu.random("x'", 2, 3, 4);

  @Test
  void ofEqualViewsHasNoDivergence() {
    Expr logScale = Expr.constant(Math.log(2));
    assertThat(OnCpu.scalar(relic.divergence(x, x, logScale))).isCloseTo(0, within(1e-15));
    assertThat(OnCpu.scalar(relic.divergence(x, target, logScale))).isPositive();
  }

  @Test
  void withoutDivergenceIsRelicV2OfOnePair() {
    Expr ofOnePair =
        RelicV2Loss.temperature(0.5)
            .weight(0)
            .sameViews(false)
            .of(List.of(target, x), List.of(target));
    assertThat(OnCpu.scalar(relic.of(x, target, Expr.constant(Math.log(2)))))
        .isCloseTo(OnCpu.scalar(ofOnePair), within(1e-12));
  }

  @Test
  void boundsTheScale() {
    Expr logScale = Expr.variable("log scale", Array.scalar(Math.log(4)));
    Expr bounded = relic.largestScale(3).of(x, target, logScale);
    assertThat(OnCpu.gradient(bounded, logScale)).containsExactly(0);
    assertThat(OnCpu.scalar(bounded))
        .isCloseTo(OnCpu.scalar(relic.of(x, target, Expr.constant(Math.log(3)))), within(1e-12));
    assertThat(OnCpu.gradient(relic.of(x, target, logScale), logScale)[0]).isNotZero();
  }

  @Test
  void rejectsALogScaleForEachImage() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> relic.of(x, target, Expr.input("log scale", 3)))
        .withMessage(
            """
            LearnedTemperatureRelic: the log scale is not a scalar.
              the log scale  log scale  [3]
            Maybe one number for all was meant.""");
  }

  @Test
  void rejectsSettingsOutOfRange() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> relic.largestScale(0))
        .withMessage(
            """
            LearnedTemperatureRelic: the largest scale must be positive, got 0.0.""");
    assertThatIllegalArgumentException().isThrownBy(() -> LearnedTemperatureRelic.weight(-1));
  }
}
