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

class ClippedTest {
  private static final Interpreter START = Interpreter.atStart();

  private static Vector point(Array a, Array b) {
    return Vector.of(ImmutableMap.of("a", Expr.variable("a", a), "b", Expr.variable("b", b)));
  }

  /** The gradient that reaches the optimizer: it goes against it with rate one from zero. */
  private static Vector reaching(Optimizer optimizer, Vector gradient) {
    return optimizer
        .next(optimizer.start(gradient.zeros()), gradient)
        .parameters()
        .map(p -> Expr.constant(0).minus(p));
  }

  private static Vector byNorm(double limit, Vector gradient) {
    return reaching(Clipped.norm(limit, Sgd.rate(1)), gradient);
  }

  private static Vector byValue(double limit, Vector gradient) {
    return reaching(Clipped.value(limit, Sgd.rate(1)), gradient);
  }

  private static double[] values(Vector vector) {
    return START.evaluate(vector.flattened()).toDoubles();
  }

  @Test
  void scalesToTheNormOfAllComponents() {
    Vector gradient = point(Array.vector(3, 0), Array.matrix(new double[] {-4}));
    assertThat(values(byNorm(1, gradient)))
        .containsExactly(new double[] {0.6, 0, -0.8}, within(1e-15));
    assertThat(values(byNorm(5, gradient))).containsExactly(3, 0, -4);
    assertThat(values(byNorm(7, gradient))).containsExactly(3, 0, -4);
  }

  @Test
  void limitsEachElement() {
    Vector gradient = point(Array.vector(3, 0.5), Array.scalar(-4));
    assertThat(values(byValue(1, gradient))).containsExactly(1, 0.5, -1);
    assertThat(values(byValue(4, gradient))).containsExactly(3, 0.5, -4);
  }

  @Test
  void whatTheOptimizerAddsIsNotLimited() {
    Vector p = point(Array.vector(10), Array.scalar(0));
    Optimizer decaying = Clipped.norm(1, Sgd.rate(1).weightDecay(0.5));
    Vector gradient = p.map(c -> Expr.filled(0, c.shape()));
    assertThat(values(decaying.next(decaying.start(p), gradient).parameters()))
        .containsExactly(5, 0);
  }

  @Test
  void keepsTheMemoryOfTheOptimizer() {
    Vector p = point(Array.vector(1), Array.scalar(2));
    Optimizer adam = Adam.rate(0.1);
    Optimizer clipped = Clipped.value(1, adam);
    assertThat(clipped.start(p)).isEqualTo(adam.start(p));
    assertThat(clipped.next(clipped.start(p), p).slots().own().keySet())
        .isEqualTo(adam.next(adam.start(p), p).slots().own().keySet());
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.5, 100})
  void derivativesToSecondOrderAreLimitsOfDifferences(double limit) {
    Draws draws = Draws.seed(5);
    Vector gradient = point(draws.normal(2, 2), draws.normal(3));
    Vector weights = draws.constantsLike(gradient);
    Expr function = byNorm(limit, gradient).dot(weights).plus(gradient.squaredNorm());
    for (int order = 1; order <= 2; order++) {
      Vector direction = draws.constantsLike(gradient);
      double expected = Difference.along(gradient, direction, 1e-3).of(function).scalarValue();
      function = Derivatives.gradient(function, gradient).dot(direction);
      assertThat(START.evaluate(function).scalarValue()).isCloseTo(expected, within(1e-8));
    }
  }

  @Test
  void nearZeroItIsTheIdentityToSecondOrder() {
    Vector zero = point(Array.vector(0, 0), Array.scalar(0));
    Vector weights = point(Array.vector(1, -2), Array.scalar(3)).detached();
    for (Vector clipped : new Vector[] {byNorm(1, zero), byValue(1, zero)}) {
      assertThat(values(clipped)).containsExactly(0, 0, 0);
      Vector first = Derivatives.gradient(clipped.dot(weights), zero);
      assertThat(values(first)).containsExactly(1, -2, 3);
      assertThat(values(Derivatives.gradient(first.squaredNorm(), zero))).containsExactly(0, 0, 0);
    }
  }

  @Test
  void elementsBeyondTheLimitHaveDerivativeZero() {
    Vector gradient = point(Array.vector(3, 0.5, 1), Array.scalar(-4));
    Vector slope = Derivatives.gradient(byValue(1, gradient).flattened().sum(), gradient);
    assertThat(values(slope)).containsExactly(0, 1, 1, 0);
  }

  @Test
  void restsWhereTheOptimizerDoes() {
    assertThat(Clipped.norm(1, Sgd.rate(1)).isStationaryAtFixedPoint()).isTrue();
    assertThat(Clipped.norm(1, Sgd.rate(1).weightDecay(0.1)).isStationaryAtFixedPoint()).isFalse();
  }

  @Test
  void descriptions() {
    Optimizer sgd = Sgd.rate(0.1);
    Clipped clipped = Clipped.norm(1, sgd);
    assertThat(clipped.optimizer()).isSameAs(sgd);
    assertThat(clipped.description()).isEqualTo("SGD, rate 0.1, gradient norm clipped to 1.0");
    assertThat(Clipped.value(2, Sgd.rate(0.1)).description())
        .isEqualTo("SGD, rate 0.1, gradient elements clipped to 2.0");
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, Double.NaN, Double.POSITIVE_INFINITY})
  void limitThatIsNotPositive(double limit) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Clipped.norm(limit, Sgd.rate(0.1)))
        .withMessage("clipped: the limit must be positive, got %s.", limit);
  }
}
