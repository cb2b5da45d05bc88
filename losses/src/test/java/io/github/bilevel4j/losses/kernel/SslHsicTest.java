package io.github.bilevel4j.losses.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.losses.OnCpu;
import java.util.List;
import org.junit.jupiter.api.Test;

class SslHsicTest {
  private final Expr p1 = OnCpu.matrix("p1", new double[][] {{3, 0}, {0, 2}});
  private final Expr p2 = OnCpu.matrix("p2", new double[][] {{1, 0}, {0, 7}});
  private final List<Expr> both = List.of(p1, p2);
  private final InverseMultiquadric kernel = InverseMultiquadric.scale(1);

  @Test
  void ofTwoOrthogonalImagesIsInClosedForm() {
    // Eight samples at two points at the squared distance 2: a kernel of 1 and 1/sqrt 3.
    double far = 1 / Math.sqrt(3);
    double dependence = 4.0 / 3 - (1 + far) / 2;
    double self = (1 - far) / 2;
    SslHsicLoss loss = SslHsicLoss.exact(kernel);
    assertThat(OnCpu.scalar(loss.alignment(both, both))).isCloseTo(-dependence, within(1e-14));
    assertThat(OnCpu.scalar(loss.constraint(both, both))).isCloseTo(3 * self, within(1e-14));
    assertThat(OnCpu.scalar(loss.weight(0.5).of(both, both)))
        .isCloseTo(0.5 * self - dependence, within(1e-14));
  }

  @Test
  void theScaleIsFittedByItsOwnLossAlone() {
    Expr c = OnCpu.vector("c", 0.5).reshape();
    Expr loss = SslHsicLoss.exact(InverseMultiquadric.scale(c)).of(both, both);
    Expr fixed = SslHsicLoss.exact(InverseMultiquadric.scale(0.5)).of(both, both);
    assertThat(OnCpu.scalar(loss)).isEqualTo(OnCpu.scalar(fixed));
    assertThat(OnCpu.gradient(loss, p1)).containsExactly(OnCpu.gradient(fixed, p1));
    // The mean of 3/2 log(c^2 + r) - log(c/2): half of the pairs have r = 0, half r = 2.
    double slope = (3 * 0.5 / 0.25 + 3 * 0.5 / 2.25) / 2 - 1 / 0.5;
    assertThat(OnCpu.gradient(loss, c)).containsExactly(new double[] {slope}, within(1e-13));
  }

  @Test
  void theLossOfTheScaleIsConstantInTheSamples() {
    InverseMultiquadric learned = InverseMultiquadric.scale(OnCpu.vector("c", 0.5).reshape());
    // Two points at the squared distance 13.
    double near = Math.log(0.25) - 1.5 * Math.log(0.25);
    double far = Math.log(0.25) - 1.5 * Math.log(13.25);
    assertThat(OnCpu.scalar(learned.scaleLoss(p1))).isCloseTo(-(near + far) / 2, within(1e-13));
    assertThat(learned.scaleLoss(p1).reaches(p1)).isFalse();
  }

  @Test
  void isConstantInTheTargets() {
    Expr t = OnCpu.random("t", 1, 2, 2);
    Expr loss = SslHsicLoss.exact(kernel).of(both, List.of(t, t.times(2)));
    assertThat(loss.reaches(p1)).isTrue();
    assertThat(loss.reaches(t)).isFalse();
  }

  @Test
  void rejectsDrawsThatDiffer() {
    RandomFeatures first = RandomFeatures.drawn(8, 2, RandomKey.fixed(1));
    RandomFeatures second = RandomFeatures.drawn(9, 2, RandomKey.fixed(2));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SslHsicLoss.approximate(kernel, first, second))
        .withMessage(
            """
            SslHsicLoss: the two draws of random features differ in shape.
              first   [8, 2]
              second  [9, 2]
            Maybe both should be drawn alike, from independent streams.""");
  }

  @Test
  void rejectsNumbersOutsideTheirRanges() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> InverseMultiquadric.scale(0))
        .withMessage(
            """
            InverseMultiquadric: the scale must be positive, got 0.0.""");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> InverseMultiquadric.scale(Expr.input("c", 3)))
        .withMessage(
            """
            InverseMultiquadric: the scale must be a scalar.
              scale  c  [3]
            Maybe InverseMultiquadric.scale(1) was meant.""");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SslHsicLoss.exact(kernel).weight(-1))
        .withMessage(
            """
            SslHsicLoss: the weight must be zero or more, got -1.0.""");
  }
}
