package io.github.bilevel4j.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.autodiff.Interpreter;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.Optimizer;
import io.github.bilevel4j.shape.Array;
import org.junit.jupiter.api.Test;

class AdamTest {
  private static Vector vector(double... values) {
    return Vector.of(ImmutableMap.of("p", Expr.constant(Array.vector(values))));
  }

  /** The parameters after steps along given gradients, from (1, -2). */
  private static double[] after(Optimizer optimizer, double[]... gradients) {
    Optimizer.State state = optimizer.start(vector(1, -2));
    for (double[] gradient : gradients) {
      state = optimizer.next(state, vector(gradient));
    }
    return Interpreter.atStart().evaluate(state.parameters().flattened()).toDoubles();
  }

  @Test
  void twoStepsByTheFormula() {
    double[] first = {0.5, -2};
    double[] second = {-1, 3};
    double[] expected = {1, -2};
    for (int i = 0; i < 2; i++) {
      double g = first[i];
      double h = second[i];
      double mean = (0.9 * 0.1 * g + 0.1 * h) / (1 - 0.9 * 0.9);
      double square = (0.999 * 0.001 * g * g + 0.001 * h * h) / (1 - 0.999 * 0.999);
      expected[i] -= 0.1 * g / (Math.abs(g) + 1e-8) + 0.1 * mean / (Math.sqrt(square) + 1e-8);
    }
    assertThat(after(Adam.rate(0.1), first, second)).containsExactly(expected, within(1e-12));
  }

  /** The direction of a first step is the sign of the gradient, up to epsilon. */
  @Test
  void weightDecayIsPartOfTheGradientUnlessDecoupled() {
    double[] gradient = {-0.5, -2};
    assertThat(after(Adam.rate(0.1), gradient))
        .containsExactly(new double[] {1.1, -1.9}, within(1e-8));
    assertThat(after(Adam.rate(0.1).weightDecay(2), gradient))
        .containsExactly(new double[] {0.9, -1.9}, within(1e-8));
    assertThat(after(Adam.rate(0.1).decoupledWeightDecay(2), gradient))
        .containsExactly(new double[] {0.8 + 0.1, -1.6 + 0.1}, within(1e-8));
  }

  @Test
  void meansOfTheLastGradientAloneNeedNoCorrection() {
    Expr count = Expr.variable("count", Array.scalar(0));
    Adam adam = Adam.rate(0.1).beta1(0).beta2(0);
    Optimizer.State start = adam.start(vector(1, -2));
    Optimizer.State counted = new Optimizer.State(start.parameters(), start.slots(), count);
    assertThat(adam.next(counted, vector(3, -4)).parameters().get("p").contains(count)).isFalse();
    assertThat(after(adam, new double[] {7, 7}, new double[] {3, -4}))
        .containsExactly(new double[] {1 - 0.2, -2}, within(1e-8));
  }

  @Test
  void restsAtStationaryPointsWithoutDecay() {
    assertThat(Adam.rate(1).isStationaryAtFixedPoint()).isTrue();
    assertThat(Adam.rate(1).weightDecay(0.1).isStationaryAtFixedPoint()).isFalse();
    assertThat(Adam.rate(1).decoupledWeightDecay(0.1).isStationaryAtFixedPoint()).isFalse();
  }
}
