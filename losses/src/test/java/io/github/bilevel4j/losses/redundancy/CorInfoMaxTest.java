package io.github.bilevel4j.losses.redundancy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.OnCpu;
import io.github.bilevel4j.shape.Array;
import org.junit.jupiter.api.Test;

class CorInfoMaxTest {
  private final Expr z1 = OnCpu.matrix("z1", new double[][] {{1, 0}, {-1, 0}, {0, 2}, {0, -2}});
  private final Expr z2 = OnCpu.matrix("z2", new double[][] {{1, 0}, {-1, 0}, {0, 2}, {0, -4}});
  private final RunningMoments first = RunningMoments.variables("first", 2);
  private final RunningMoments second = RunningMoments.variables("second", 2);

  @Test
  void isTheDistanceAndTheDeterminantsInClosedForm() {
    CorInfoMaxLoss loss = CorInfoMaxLoss.weight(3).memory(0, 0.5).epsilon(0.25);
    // Of z1: mean 0, covariance diag(1/2, 2), with the memory diag(3/4, 3/2).
    double determinant1 = Math.log((0.75 + 0.25) * (1.5 + 0.25));
    // Of z2: mean (0, -1/2), second column 1/2, 1/2, 5/2, -7/2.
    double determinant2 = Math.log(1.0 * (0.5 + 0.5 * (0.25 + 0.25 + 6.25 + 12.25) / 4 + 0.25));
    assertThat(OnCpu.scalar(loss.alignment(z1, z2))).isCloseTo(3 * 4 / 8.0, within(1e-15));
    assertThat(OnCpu.scalar(loss.constraint(z1, z2, first, second)))
        .isCloseTo(-(determinant1 + determinant2) / 2, within(1e-15));
    assertThat(OnCpu.scalar(loss.of(z1, z2, first, second)))
        .isCloseTo(1.5 - (determinant1 + determinant2) / 2, within(1e-15));
  }

  @Test
  void bothMomentsAreRenewed() {
    CorInfoMaxLoss loss = CorInfoMaxLoss.weight(1).memory(0.5, 0.25);
    try (Engine engine = OnCpu.engine(Precision.FLOAT64)) {
      engine.write(second.mean(), Array.vector(2, 3));
      engine.compile(Step.named("step").updating(loss.updates(z1, z2, first, second))).run();
      assertThat(engine.read(first.mean()).toDoubles()).containsExactly(0, 0);
      // Of z1: mean 0, so that the covariance of the batch is diag(1/2, 2).
      assertThat(engine.read(first.covariance()).toDoubles())
          .containsExactly(new double[] {0.25 + 0.375, 0, 0, 0.25 + 1.5}, within(1e-15));
      // Of z2: mean (0, -1/2), half of which joins half of (2, 3).
      assertThat(engine.read(second.mean()).toDoubles()).containsExactly(1, 1.25);
      // About that mean: columns 0, -2, -1, -1 and -5/4, -5/4, 3/4, -21/4.
      double variance = (1.5625 + 1.5625 + 0.5625 + 27.5625) / 4;
      double covariance = (0 + 2.5 - 0.75 + 5.25) / 4;
      assertThat(engine.read(second.covariance()).toDoubles())
          .containsExactly(
              new double[] {
                0.25 + 0.75 * 6 / 4, 0.75 * covariance, 0.75 * covariance, 0.25 + 0.75 * variance
              },
              within(1e-14));
    }
  }

  @Test
  void oneMemoryMayServeBoth() {
    assertThat(CorInfoMaxLoss.weight(1).memory(0.5))
        .isEqualTo(CorInfoMaxLoss.weight(1).memory(0.5, 0.5));
  }

  @Test
  void isConstantInTheMomentsBefore() {
    Expr loss = CorInfoMaxLoss.weight(250).of(z1, z2, first, second);
    assertThat(loss.contains(first.covariance())).isTrue();
    assertThat(loss.reaches(first.covariance())).isFalse();
    assertThat(loss.reaches(second.mean())).isFalse();
  }

  @Test
  void unitRowsChangeTheScaleOfFeatures() {
    CorInfoMaxLoss loss = CorInfoMaxLoss.weight(250).onUnitRows();
    assertThat(OnCpu.scalar(loss.of(z1.times(7), z2.times(3), first, second)))
        .isCloseTo(OnCpu.scalar(loss.of(z1, z2, first, second)), within(1e-12));
  }

  @Test
  void rejectsMomentsOfOtherDimensions() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                CorInfoMaxLoss.weight(250).of(z1, z2, first, RunningMoments.variables("other", 3)))
        .withMessage(
            """
            CorInfoMaxLoss: the moments have 3 dimensions, not 2.
              view  z2          [4, 2]
              mean  other/mean  [3]
            Maybe RunningMoments.variables("branch", 2) was meant.""");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new RunningMoments(Expr.input("m", 3), Expr.input("r", 3, 2)))
        .withMessage(
            """
            RunningMoments: needs a mean [d] and a covariance [d, d].
              mean        m  [3]
              covariance  r  [3, 2]
            Maybe RunningMoments.variables("branch", 64) was meant.""");
  }

  @Test
  void rejectsNumbersOutsideTheirRanges() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CorInfoMaxLoss.weight(250).memory(1))
        .withMessage(
            """
            CorInfoMaxLoss: the memory of the mean must be in [0, 1), got 1.0.""");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CorInfoMaxLoss.weight(250).epsilon(0))
        .withMessage(
            """
            CorInfoMaxLoss: the epsilon must be positive, got 0.0.""");
  }
}
