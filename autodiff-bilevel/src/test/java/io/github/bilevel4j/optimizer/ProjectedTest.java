package io.github.bilevel4j.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.autodiff.Interpreter;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.Optimizer;
import io.github.bilevel4j.shape.Array;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class ProjectedTest {
  private static final Interpreter START = Interpreter.atStart();

  private final Vector zero =
      Vector.of(
          ImmutableMap.of(
              "mix",
              Expr.constant(Array.vector(0, 0, 0)),
              "scale",
              Expr.constant(Array.scalar(0))));
  private final Vector target =
      Vector.of(
          ImmutableMap.of(
              "mix", Expr.constant(Array.vector(0.9, 0.5, -3)),
              "scale", Expr.constant(Array.scalar(-2))));

  private static void assertMessage(ThrowingCallable call, String... lines) {
    assertThatIllegalArgumentException()
        .isThrownBy(call)
        .withMessage("%s", String.join("\n", lines));
  }

  /** The parameters after some steps along the gradient of {@code ||p - target||^2 / 2}. */
  private double[] after(int steps, Optimizer optimizer) {
    Optimizer.State state = optimizer.start(zero);
    for (int i = 0; i < steps; i++) {
      state = optimizer.next(state, state.parameters().minus(target));
    }
    return START.evaluate(state.parameters().flattened()).toDoubles();
  }

  @Test
  void descentEndsAtTheNearestPoint() {
    assertThat(after(60, Projected.onto(Box.between(-1, 0.75), Sgd.rate(0.5))))
        .containsExactly(new double[] {0.75, 0.5, -1, -1}, within(1e-12));
    assertThat(
            after(
                60,
                Projected.onto(
                        Box.atLeast(0), Projected.onto(Simplex.total(1), Sgd.rate(0.5)).only("mix"))
                    .only("scale")))
        .containsExactly(new double[] {0.7, 0.3, 0, 0}, within(1e-12));
  }

  @Test
  void componentsThatAreNotNamedAreFree() {
    assertThat(after(1, Projected.onto(Box.atLeast(0), Sgd.rate(1)).only("mix")))
        .containsExactly(0.9, 0.5, 0, -2);
  }

  @Test
  void aSideWithoutLimitIsNotCompared() {
    Expr x = Expr.variable("x", Array.vector(0, 0));
    assertThat(Box.between(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY).project(x))
        .isSameAs(x);
    Expr one = Expr.constant(1);
    assertThat(Box.atLeast(1).project(x)).isSameAs(x.lessThan(1).where(one, x));
    assertThat(Box.atMost(1).project(x)).isSameAs(x.greaterThan(1).where(one, x));
  }

  @Test
  void theDerivativeIsOneInTheIntervalWithItsEnds() {
    Expr x = Expr.variable("x", Array.vector(-2, -1, 0, 1, 2));
    Expr projected = Box.between(-1, 1).project(x);
    assertThat(Interpreter.atStart().evaluate(projected)).isEqualTo(Array.vector(-1, -1, 0, 1, 1));
    assertThat(Interpreter.atStart().evaluate(projected.sum().gradient(x)))
        .isEqualTo(Array.vector(0, 1, 1, 1, 0));
    Expr undefined = Expr.constant(Array.vector(Double.NaN));
    assertThat(Interpreter.atStart().evaluate(Box.between(-1, 1).project(undefined)))
        .isEqualTo(Array.vector(Double.NaN));
  }

  @Test
  void keepsTheMemoryOfTheOptimizer() {
    Optimizer momentum = Sgd.rate(1).momentum(0.5);
    Optimizer projected = Projected.onto(Box.atMost(-9), momentum);
    assertThat(projected.start(zero)).isEqualTo(momentum.start(zero));
    assertThat(projected.next(projected.start(zero), target).slots())
        .isEqualTo(momentum.next(momentum.start(zero), target).slots());
  }

  @Test
  void restsAtPointsThatAreNotStationary() {
    Optimizer sgd = Sgd.rate(1);
    Projected projected = Projected.onto(Box.atLeast(0), sgd);
    assertThat(projected.optimizer()).isSameAs(sgd);
    assertThat(projected.isStationaryAtFixedPoint()).isFalse();
  }

  @Test
  void descriptions() {
    assertThat(Projected.onto(Box.between(0, 1), Sgd.rate(1)).description())
        .isEqualTo("SGD, rate 1.0, projected onto [0.0, 1.0]");
    assertThat(Projected.onto(Simplex.ofRows(1), Sgd.rate(1)).only("a", "b").description())
        .isEqualTo("SGD, rate 1.0, a, b projected onto the simplex with row sums 1.0");
    assertThat(Simplex.total(2).description()).isEqualTo("the simplex with sum 2.0");
    assertThat(Box.atLeast(0).description()).isEqualTo("numbers of at least 0.0");
    assertThat(Box.atMost(0).description()).isEqualTo("numbers of at most 0.0");
    assertThat(Box.atMost(Double.POSITIVE_INFINITY).description()).isEqualTo("all numbers");
  }

  @Test
  void unknownComponent() {
    assertMessage(
        () -> Projected.onto(Box.atLeast(0), Sgd.rate(1)).only("rate").start(zero),
        "component: there is none named \"rate\".",
        "  names  mix, scale",
        "Maybe one of these was meant.");
  }

  @Test
  void noComponent() {
    assertMessage(
        () -> Projected.onto(Box.atLeast(0), Sgd.rate(1)).only(),
        "projected: no component is to be projected onto numbers of at least 0.0.",
        "Maybe the optimizer by itself was meant, or only(\"weights\").");
  }

  @Test
  void rowsOfAScalar() {
    assertMessage(
        () -> Projected.onto(Simplex.ofRows(1), Sgd.rate(1)).only("scale").start(zero),
        "simplex: a scalar has no rows.",
        "  component  0.0  []",
        "Maybe Simplex.total(1.0) was meant.");
  }

  @Test
  void setsWithoutPoints() {
    assertMessage(
        () -> Box.between(1, 0),
        "box: no number lies between 1.0 and 0.0.",
        "Maybe the limits are exchanged or undefined.");
    assertMessage(
        () -> Box.atLeast(Double.NaN),
        "box: no number lies between NaN and Infinity.",
        "Maybe the limits are exchanged or undefined.");
    assertMessage(
        () -> Box.atLeast(Double.POSITIVE_INFINITY),
        "box: no number lies between Infinity and Infinity.",
        "Maybe the limits are exchanged or undefined.");
    assertMessage(
        () -> Box.atMost(Double.NEGATIVE_INFINITY),
        "box: no number lies between -Infinity and -Infinity.",
        "Maybe the limits are exchanged or undefined.");
    for (double total : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertMessage(
          () -> Simplex.ofRows(total), "simplex: the sum must be positive, got " + total + ".");
    }
  }
}
