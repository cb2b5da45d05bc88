package io.github.bilevel4j.losses.contrastive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.OnCpu;
import org.junit.jupiter.api.Test;

class PolarizationTest {
  /** The first two rows have the cosine -1/2, both have 1/2 with the third. */
  private final Expr z =
      OnCpu.matrix("z", new double[][] {{3, 0}, {-0.5, Math.sqrt(0.75)}, {0.5, Math.sqrt(0.75)}});

  @Test
  void countsDistancesInsideTheMargin() {
    // The distances are 3/4, 1/4 and 1/4, each of two ordered pairs.
    Polarization margin = Polarization.between(0.2, 0.5);
    double each = 0.05 * 0.25;
    assertThat(OnCpu.scalar(margin.pairsInside(z))).isEqualTo(4);
    assertThat(OnCpu.scalar(margin.summed().of(z))).isCloseTo(4 * each, within(1e-15));
    assertThat(OnCpu.scalar(margin.of(z))).isCloseTo(4 * each / 6, within(1e-15));
  }

  @Test
  void pushesDistancesToTheNearerSide() {
    Expr pair = OnCpu.matrix("pair", new double[][] {{1, 0}, {0.5, Math.sqrt(0.75)}});
    double[] nearer = OnCpu.gradient(Polarization.between(0.2, 0.5).of(pair), pair);
    double[] farther = OnCpu.gradient(Polarization.between(0.1, 0.3).of(pair), pair);
    // Against the gradient, the second coordinate of the first row grows towards the other row.
    assertThat(nearer[1]).isNegative();
    assertThat(farther[1]).isPositive();
  }

  @Test
  void leavesASampleAndItselfOut() {
    Expr zero = OnCpu.matrix("zero", new double[][] {{0, 0}, {1, 0}});
    // A row of zeros has the distance 1/2 to all rows.
    assertThat(OnCpu.scalar(Polarization.between(0.4, 0.6).pairsInside(zero))).isEqualTo(2);
  }

  @Test
  void rejectsMarginsOutsideTheDistances() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Polarization.between(0.6, 0.4))
        .withMessage(
            """
            Polarization: the margin should be within the distances 0 to 1.
              near  0.6
              far   0.4
            Maybe Polarization.between(0.1, 0.5) was meant.""");
    assertThat(Polarization.between(0, 1)).isEqualTo(new Polarization(0, 1, false));
    assertThat(Polarization.between(0.5, 0.5)).isEqualTo(new Polarization(0.5, 0.5, false));
    assertThatIllegalArgumentException().isThrownBy(() -> Polarization.between(-0.1, 0.4));
    assertThatIllegalArgumentException().isThrownBy(() -> Polarization.between(0.1, 1.4));
    assertThatIllegalArgumentException().isThrownBy(() -> Polarization.between(0.1, Double.NaN));
  }

  @Test
  void rejectsOneSample() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Polarization.between(0.1, 0.4).of(Expr.input("z", 1, 4)))
        .withMessage(
            """
            Polarization: needs two images or more, got 1.
              z  z  [1, 4]
            Maybe the last, incomplete batch of an epoch should be dropped.""");
  }
}
