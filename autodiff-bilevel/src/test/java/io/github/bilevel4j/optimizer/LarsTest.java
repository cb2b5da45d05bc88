package io.github.bilevel4j.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.autodiff.Difference;
import io.github.bilevel4j.autodiff.Draws;
import io.github.bilevel4j.autodiff.Interpreter;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.Optimizer;
import io.github.bilevel4j.shape.Array;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LarsTest {
  private static final Interpreter START = Interpreter.atStart();

  /** A matrix of norm 5 and a bias. */
  private final Vector p =
      Vector.of(
          ImmutableMap.of(
              "matrix", Expr.variable("matrix", Array.matrix(new double[] {3, -4})),
              "bias", Expr.variable("bias", Array.vector(1))));

  /** A matrix of norm 2 and a bias. */
  private final Vector g =
      Vector.of(
          ImmutableMap.of(
              "matrix", Expr.constant(Array.matrix(new double[] {0, 2})),
              "bias", Expr.constant(Array.vector(0.5))));

  private double[] after(Optimizer optimizer, Vector gradient) {
    return START
        .evaluate(optimizer.next(optimizer.start(p), gradient).parameters().flattened())
        .toDoubles();
  }

  @Test
  void facebookScalesTheDecayedGradientToItsOwnNorm() {
    // g + 0.5 p = (1.5, 0) has norm 1.5: q = 0.1 * 5 / 1.5.
    assertThat(after(Lars.facebook(2).trust(0.1).weightDecay(0.5), g))
        .containsExactly(new double[] {3 - 2 * 0.5, -4, 1 - 2 * 0.5}, within(1e-15));
  }

  @Test
  void aScheduleGivesTheRate() {
    assertThat(after(Lars.facebook(Schedule.linear(2, 0, 8)).trust(0.1).weightDecay(0.5), g))
        .isEqualTo(after(Lars.facebook(2).trust(0.1).weightDecay(0.5), g));
  }

  @Test
  void soloScalesByTheSumOfNorms() {
    // q = 0.1 * 5 / (2 + 0.5 * 5), up to 1e-8.
    double q = 0.1 * 5 / 4.5;
    assertThat(after(Lars.solo(2).trust(0.1).weightDecay(0.5), g))
        .containsExactly(new double[] {3 - 2 * q * 1.5, -4, 0}, within(1e-8));
  }

  @Test
  void clippedStepsAreNoLongerThanTheGradientTimesTheRate() {
    assertThat(after(Lars.solo(0.1).trust(10).clipped(true), g))
        .containsExactly(new double[] {3, -4.2, 0.95}, within(1e-15));
    assertThat(after(Lars.solo(0.1).trust(0.01).clipped(true), g))
        .containsExactly(new double[] {3, -4.05, 0.95}, within(1e-9));
  }

  @Test
  void whatIsExcludedMayBeToldByName() {
    assertThat(after(Lars.facebook(1).trust(0.1).excluding(name -> name.equals("matrix")), g))
        .containsExactly(new double[] {3, -6, 0.9}, within(1e-15));
    assertThat(after(Lars.facebook(1).trust(0.1).excluding(name -> false), g))
        .containsExactly(new double[] {3, -4.5, 0.9}, within(1e-15));
  }

  @Test
  void ofAZeroGradientIsDecayedInOneVariantAlone() {
    Vector zero = g.zeros();
    // g + 0.5 p has norm 2.5: q = 0.1 * 5 / 2.5.
    assertThat(after(Lars.facebook(1).trust(0.1).weightDecay(0.5), zero))
        .containsExactly(new double[] {3 - 0.2 * 1.5, -4 + 0.2 * 2, 1}, within(1e-15));
    assertThat(after(Lars.solo(1).trust(0.1).weightDecay(0.5), zero)).containsExactly(3, -4, 1);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void stepsCanBeDifferentiatedTwice(boolean solo) {
    Draws draws = Draws.seed(5);
    Lars lars = (solo ? Lars.solo(0.3) : Lars.facebook(0.3)).trust(0.2).weightDecay(0.1);
    Vector weights = draws.constantsLike(p);
    Vector gradient = p.map(c -> c.squared().times(0.3).plus(c));
    Optimizer.State once = lars.next(lars.start(p), gradient);
    Expr function = once.parameters().dot(weights);
    for (int order = 1; order <= 2; order++) {
      Vector direction = draws.constantsLike(p);
      double expected = Difference.along(p, direction, 1e-3).of(function).scalarValue();
      function = Derivatives.gradient(function, p).dot(direction);
      assertThat(START.evaluate(function).scalarValue()).isCloseTo(expected, within(1e-8));
    }
  }

  @Test
  void restsAtStationaryPointsWithoutDecay() {
    assertThat(Lars.solo(1).isStationaryAtFixedPoint()).isTrue();
    assertThat(Lars.solo(1).weightDecay(0.1).isStationaryAtFixedPoint()).isFalse();
  }

  @Test
  void descriptions() {
    assertThat(Lars.facebook(0.2).weightDecay(1e-4).description())
        .isEqualTo("LARS (facebook), rate 0.2, momentum 0.9, trust 0.001, weight decay 1.0E-4");
    assertThat(
            Lars.solo(Schedule.cosine(1, 0, 5))
                .momentum(0.5)
                .trust(0.02)
                .clipped(true)
                .description())
        .isEqualTo(
            "LARS (solo), rate from 1.0 to 0.0 along a cosine in 5 steps, momentum 0.5, trust 0.02"
                + " (clipped)");
  }

  @Test
  void ranges() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Lars.solo(0))
        .withMessage("LARS: the rate must be positive, got 0.0.");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Lars.solo(1).trust(-1))
        .withMessage("LARS: the trust must be positive, got -1.0.");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Lars.facebook(1).momentum(1))
        .withMessage("LARS: the momentum must be in [0, 1), got 1.0.");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Lars.facebook(1).weightDecay(-1))
        .withMessage("LARS: the weight decay must be zero or more, got -1.0.");
  }
}
