package io.github.bilevel4j.losses.redundancy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.OnCpu;
import io.github.bilevel4j.losses.redundancy.VicRegLoss.Convention;
import org.junit.jupiter.api.Test;

class VicRegTest {
  /** Features that are equal: variances and covariances 2. */
  private final Expr z1 = OnCpu.matrix("z1", new double[][] {{1, 1}, {-1, -1}});

  /** The first feature has variance 0.02, the second is zero. */
  private final Expr z2 = OnCpu.matrix("z2", new double[][] {{0.1, 0}, {-0.1, 0}});

  private static final double MISSING = ((1 - Math.sqrt(0.02 + 1e-4)) + (1 - Math.sqrt(1e-4))) / 2;

  @Test
  void isTheSumOfItsTermsInClosedForm() {
    VicRegTerms terms = VicRegLoss.weights(10, 20, 3).terms(z1, z2);
    // Distances 0.9 and 1 twice; a variance of 2 misses nothing; covariances 2 twice over d = 2.
    assertThat(OnCpu.scalar(terms.invariance())).isCloseTo(10 * (0.81 + 1) / 2, within(1e-12));
    assertThat(OnCpu.scalar(terms.variance())).isCloseTo(20 * MISSING / 2, within(1e-12));
    assertThat(OnCpu.scalar(terms.covariance())).isCloseTo(3 * 4, within(1e-12));
  }

  @Test
  void invarianceIsTheAlignmentAndTheRestTheConstraint() {
    VicRegLoss loss = VicRegLoss.weights(10, 20, 3);
    VicRegTerms terms = loss.terms(z1, z2);
    assertThat(loss.alignment(z1, z2)).isEqualTo(terms.invariance());
    assertThat(loss.constraint(z1, z2)).isEqualTo(terms.variance().plus(terms.covariance()));
  }

  @Test
  void conventionsAverageDifferentTerms() {
    double variance = MISSING;
    double covariance = 4;
    VicRegLoss loss = VicRegLoss.weights(0, 1, 1);
    assertThat(OnCpu.scalar(loss.of(z1, z2))).isCloseTo(variance / 2 + covariance, within(1e-12));
    assertThat(OnCpu.scalar(loss.by(Convention.PAPER).of(z1, z2)))
        .isCloseTo(variance + covariance, within(1e-12));
    assertThat(OnCpu.scalar(loss.by(Convention.AVERAGED).of(z1, z2)))
        .isCloseTo((variance + covariance) / 2, within(1e-12));
  }

  @Test
  void rejectsNegativeWeights() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> VicRegLoss.weights(25, -25, 1))
        .withMessage(
            """
            VicRegLoss: the variance weight must be zero or more, got -25.0.""");
  }
}
