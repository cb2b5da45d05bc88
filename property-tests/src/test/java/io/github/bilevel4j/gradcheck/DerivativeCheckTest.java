package io.github.bilevel4j.gradcheck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.contrastive.NtXent;
import io.github.bilevel4j.shape.Array;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Right derivatives pass up to third order, a wrong one fails at its order. */
class DerivativeCheckTest {
  private static final Array Z1 = Draws.seed(1).normal(4, 3);
  private static final Array Z2 = Draws.seed(2).normal(4, 3);

  @Test
  void theDerivativesOfNtXentAreRight() {
    DerivativeErrors errors =
        DerivativeCheck.orders(3)
            .errors(z -> NtXent.temperature(0.1).of(z.get(0), z.get(1)), Z1, Z2);
    assertThat(errors.relative())
        .hasSize(3)
        .allSatisfy(error -> assertThat(error).isLessThan(1e-8));
  }

  /** {@code z sg(z)} has the value of the square and half its derivative. */
  @Test
  void aDetachedFactorIsWrongAtFirstOrder() {
    DerivativeErrors errors =
        DerivativeCheck.orders(2).errors(z -> z.get(0).dot(z.get(0).detached()), Z1);
    assertThat(errors.of(1)).isBetween(0.49, 0.51);
    assertThat(errors.firstAbove(1e-7)).isEqualTo(1);
  }

  /** {@code z^2 sg(z) - 2/3 z^3 + ...} with the right gradient and a wrong Hessian. */
  @Test
  void aWrongSecondDerivativeIsWrongAtSecondOrder() {
    Function<List<Expr>, Expr> loss =
        z -> {
          Expr x = z.get(0);
          Expr constant = x.detached();
          return x.minus(constant).times(constant.squared().times(3)).plus(constant.pow(3)).sum();
        };
    DerivativeErrors errors = DerivativeCheck.orders(3).errors(loss, Z1);
    assertThat(errors.of(1)).isLessThan(1e-9);
    assertThat(errors.firstAbove(1e-7)).isEqualTo(2);
    assertThatThrownBy(() -> DerivativeCheck.orders(3).assertCorrect(loss, Z1))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith("the derivative of order 2 is not the limit of differences:")
        .hasMessageContaining("z1 [4, 3] =");
  }

  @Test
  void aLinearFunctionHasNoSecondDerivative() {
    DerivativeCheck.orders(3).assertCorrect(z -> z.get(0).sum(), Z1);
  }

  @Test
  void ordersAreOneToThree() {
    assertThatThrownBy(() -> DerivativeCheck.orders(4))
        .isInstanceOf(UsageError.class)
        .hasMessage("derivative check: the order must be 1, 2 or 3, got 4.");
  }

  @Test
  void aLossIsAScalar() {
    assertThatThrownBy(() -> DerivativeCheck.orders(1).errors(z -> z.get(0), Z1))
        .isInstanceOf(UsageError.class)
        .hasMessage("derivative check: a loss is a scalar, this one has the shape [4, 3].");
  }
}
