package io.github.bilevel4j.losses.distillation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.OnCpu;
import java.util.List;
import org.junit.jupiter.api.Test;

/** SimSiam and BYOL: predictions of constant projections. */
class PredictionTest {
  private final Expr p1 = OnCpu.matrix("p1", new double[][] {{3, 0}, {0, 2}});
  private final Expr p2 = OnCpu.matrix("p2", new double[][] {{1, 1}, {0, 1}});
  private final Expr z1 = OnCpu.matrix("z1", new double[][] {{0, 5}, {0, -4}});
  private final Expr z2 = OnCpu.matrix("z2", new double[][] {{2, 0}, {-1, 0}});

  @Test
  void compareEachPredictionWithTheOtherViewInClosedForm() {
    // Cosines of p1 and z2: 1, 0; of p2 and z1: 1/sqrt 2, -1.
    double mean = (1 + 0 + Math.sqrt(0.5) - 1) / 4;
    List<Expr> p = List.of(p1, p2);
    List<Expr> z = List.of(z1, z2);
    assertThat(OnCpu.scalar(SimSiamLoss.of(p, z))).isCloseTo(-mean, within(1e-15));
    assertThat(OnCpu.scalar(ByolLoss.of(p, z))).isCloseTo(4 - 4 * mean, within(1e-15));
  }

  @Test
  void takeTheMeanOverPairsOfDifferentViews() {
    Expr p3 = z1;
    // The third view has no target. Of two views and one target, the other view predicts it.
    double firstTwo = OnCpu.scalar(SimSiamLoss.of(List.of(p1, p2), List.of(z1, z2)));
    double third = OnCpu.scalar(SimSiamLoss.of(List.of(p1, p3), List.of(z1)));
    double thirdOfSecond = OnCpu.scalar(SimSiamLoss.of(List.of(p2, p3), List.of(z2)));
    assertThat(OnCpu.scalar(SimSiamLoss.of(List.of(p1, p2, p3), List.of(z1, z2))))
        .isCloseTo((2 * firstTwo + third + thirdOfSecond) / 4, within(1e-12));
  }

  @Test
  void areConstantInTheProjections() {
    for (Expr loss :
        List.of(
            SimSiamLoss.of(List.of(p1, p2), List.of(z1, z2)),
            ByolLoss.of(List.of(p1, p2), List.of(z1, z2)))) {
      assertThat(loss.reaches(p1)).isTrue();
      assertThat(loss.reaches(p2)).isTrue();
      assertThat(loss.reaches(z1)).isFalse();
      assertThat(loss.reaches(z2)).isFalse();
    }
  }

  @Test
  void rejectMoreTargetsThanViews() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ByolLoss.of(List.of(p1, p2), List.of(z1, z2, z2)))
        .withMessage(
            """
            ByolLoss: needs targets of one to all views, got 3.
              p1  p1  [2, 2]
              p2  p2  [2, 2]
              z1  z1  [2, 2]
              z2  z2  [2, 2]
              z3  z2  [2, 2]
            Maybe 2 targets were meant, one of each view.""");
    assertThatIllegalArgumentException().isThrownBy(() -> ByolLoss.of(List.of(p1, p2), List.of()));
  }

  @Test
  void rejectProjectionsOfAnotherShape() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ByolLoss.of(List.of(p1, p2), List.of(z1, Expr.input("z2", 2, 3))))
        .withMessage(
            """
            ByolLoss: the views differ in shape.
              p1  p1  [2, 2]
              p2  p2  [2, 2]
              z1  z1  [2, 2]
              z2  z2  [2, 3]
            Maybe they come from different encoders or different batches.""");
  }
}
