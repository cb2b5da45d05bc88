package io.github.bilevel4j.losses.redundancy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.OnCpu;
import org.junit.jupiter.api.Test;

class BarlowTwinsTest {
  /** The first feature agrees between views, the second is that of the first view negated. */
  private final Expr z1 = OnCpu.matrix("z1", new double[][] {{1e4, 1e4}, {-1e4, -1e4}});

  private final Expr z2 = OnCpu.matrix("z2", new double[][] {{3e4, -2e4}, {1e4, 2e4}});

  @Test
  void sumsSquaredCorrelationsInClosedForm() {
    BarlowTwinsLoss loss = BarlowTwinsLoss.weight(0.01).scale(0.5);
    // C = [[1, -1], [1, -1]]: the diagonal misses 1 by 0 and 2.
    assertThat(OnCpu.value(BarlowTwinsLoss.crossCorrelation(z1, z2)).toDoubles())
        .containsExactly(new double[] {1, -1, 1, -1}, within(1e-12));
    assertThat(OnCpu.scalar(loss.alignment(z1, z2))).isCloseTo(2, within(1e-12));
    assertThat(OnCpu.scalar(loss.constraint(z1, z2))).isCloseTo(0.01, within(1e-12));
    assertThat(OnCpu.scalar(loss.of(z1, z2))).isCloseTo(2.01, within(1e-12));
  }

  @Test
  void rejectsNumbersOutsideTheirRanges() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BarlowTwinsLoss.weight(-1))
        .withMessage(
            """
            BarlowTwinsLoss: the weight must be zero or more, got -1.0.""");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BarlowTwinsLoss.weight(1).scale(0))
        .withMessage(
            """
            BarlowTwinsLoss: the scale must be positive, got 0.0.""");
  }
}
