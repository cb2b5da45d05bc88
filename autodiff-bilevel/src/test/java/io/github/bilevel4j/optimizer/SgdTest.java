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

class SgdTest {
  private static Vector scalar(double value) {
    return Vector.of(ImmutableMap.of("p", Expr.constant(Array.vector(value))));
  }

  /** The parameter after steps along given gradients, from 3. */
  private static double after(Optimizer optimizer, double... gradients) {
    Optimizer.State state = optimizer.start(scalar(3));
    for (double gradient : gradients) {
      state = optimizer.next(state, scalar(gradient));
    }
    return Interpreter.atStart().evaluate(state.parameters().flattened()).at(0);
  }

  @Test
  void momentumAddsTheGradientsBefore() {
    // b = 4, then 0.5 * 4 - 1 = 1.
    assertThat(after(Sgd.rate(0.1).momentum(0.5), 4, -1)).isCloseTo(3 - 0.5, within(1e-15));
    // 4 + 0.5 * 4 = 6, then -1 + 0.5 * 1 = -0.5.
    assertThat(after(Sgd.rate(0.1).momentum(0.5).nesterov(true), 4, -1))
        .isCloseTo(3 - 0.55, within(1e-15));
  }

  @Test
  void weightDecayAddsToTheGradient() {
    assertThat(after(Sgd.rate(0.1).weightDecay(0.5), 4)).isCloseTo(3 - 0.55, within(1e-15));
  }

  @Test
  void aScheduleGivesTheRateOfEachStep() {
    assertThat(after(Sgd.rate(Schedule.stepDecay(0.1, 0.5, 1)), 1, 1))
        .isCloseTo(3 - 0.15, within(1e-15));
  }

  @Test
  void plainDescentRemembersNothing() {
    Sgd sgd = Sgd.rate(1);
    Optimizer.State start = sgd.start(scalar(3));
    assertThat(start.slots().all()).isEmpty();
    assertThat(sgd.next(start, scalar(1)).slots().all()).isEmpty();
  }
}
