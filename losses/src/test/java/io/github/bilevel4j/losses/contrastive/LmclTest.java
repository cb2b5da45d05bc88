package io.github.bilevel4j.losses.contrastive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.OnCpu;
import org.junit.jupiter.api.Test;

class LmclTest {
  private final Expr z1 = OnCpu.random("z1", 1, 4, 3);
  private final Expr z2 = OnCpu.random("z2", 2, 4, 3);

  @Test
  void addsThePolarizationToTheConstraint() {
    Polarization polarization = Polarization.between(0.2, 0.6);
    LmclLoss lmcl = LmclLoss.temperature(0.3).polarizedBy(2, polarization);
    NtXent ntXent = NtXent.temperature(0.3);
    double regularizer = OnCpu.scalar(polarization.of(Expr.concat(0, z1, z2)));
    assertThat(regularizer).isPositive();
    assertThat(lmcl.alignment(z1, z2)).isSameAs(ntXent.alignment(z1, z2));
    assertThat(OnCpu.scalar(lmcl.constraint(z1, z2)))
        .isCloseTo(OnCpu.scalar(ntXent.constraint(z1, z2)) + 2 * regularizer, within(1e-12));
    assertThat(OnCpu.scalar(lmcl.of(z1, z2)))
        .isCloseTo(OnCpu.scalar(ntXent.of(z1, z2)) + 2 * regularizer, within(1e-12));
  }

  @Test
  void rejectsNegativeWeights() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LmclLoss.temperature(0.5).polarizedBy(-1, Polarization.between(0.1, 0.5)))
        .withMessage(
            """
            LmclLoss: the weight of the polarization must be zero or more, got -1.0.""");
  }
}
