package io.github.bilevel4j.losses.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.losses.OnCpu;
import io.github.bilevel4j.shape.Array;
import org.junit.jupiter.api.Test;

class MovingAverageTest {
  private static final double RATE = 0.3;
  private static final double[] TAUS = {0.9, 0.6, 0.8, 0.5};

  private final Expr weight = Expr.variable("weight", Array.scalar(1));
  private final Expr k = Expr.variable("k", Array.scalar(0));
  private final MovingAverage average = MovingAverage.of(Variables.of(weight));

  /** tau of a step that is an expression. */
  private static Expr tau(Expr step) {
    return Expr.constant(Array.vector(TAUS)).gather(step.unsqueezed(0)).sum();
  }

  /**
   * A step of gradient descent on {@code (weight - target - 2)^2 / 2} with the average's updates.
   */
  private Step step(Expr tauSeen, Expr tauStored) {
    Expr target = average.updated(tauSeen).get("weight");
    Expr loss = weight.minus(target).minus(2).squared().dividedBy(2);
    return Step.named("step")
        .output("target", target)
        .updating(weight, weight.minus(loss.gradient(weight).times(RATE)))
        .updating(average.updates(tauStored))
        .updating(k, k.plus(1));
  }

  @Test
  void averagesBeforeTheForwardPassAsMoCoAndReSsl() {
    double theta = 1;
    double t = 1;
    try (Engine engine = OnCpu.engine(Precision.FLOAT64)) {
      Program program = engine.compile(step(tau(k), tau(k)));
      for (double tau : TAUS) {
        t = tau * t + (1 - tau) * theta;
        assertThat(program.run().get("target").scalarValue()).isCloseTo(t, within(1e-14));
        theta -= RATE * (theta - t - 2);
        assertThat(engine.read(weight).scalarValue()).isCloseTo(theta, within(1e-14));
      }
    }
  }

  @Test
  void averagesAfterTheOptimizerAsByolAndMec() {
    double theta = 1;
    double t = 1;
    Expr last = tau(k.minus(1).maximum(0));
    try (Engine engine = OnCpu.engine(Precision.FLOAT64)) {
      Program program = engine.compile(step(last, last));
      for (double tau : TAUS) {
        assertThat(program.run().get("target").scalarValue()).isCloseTo(t, within(1e-14));
        theta -= RATE * (theta - t - 2);
        t = tau * t + (1 - tau) * theta;
        assertThat(engine.read(weight).scalarValue()).isCloseTo(theta, within(1e-14));
      }
    }
  }

  @Test
  void beginsEqualAndIsAConstant() {
    assertThat(OnCpu.scalar(average.variables().get("weight"))).isEqualTo(1);
    assertThat(OnCpu.scalar(average.updated(0.3).get("weight"))).isEqualTo(1);
    assertThat(average.updated(0.3).get("weight").reaches(weight)).isFalse();
  }

  @Test
  void tauIsANumberOrAnExpression() {
    assertThat(average.updates(0.3)).isEqualTo(average.updates(Expr.constant(0.3))).hasSize(1);
  }

  @Test
  void restartsAtThePresentValues() {
    try (Engine engine = OnCpu.engine(Precision.FLOAT64)) {
      engine.write(weight, Array.scalar(5));
      engine.compile(Step.named("restart").updating(average.reset())).run();
      assertThat(engine.read(average.variables().get("weight")).scalarValue()).isEqualTo(5);
    }
  }

  @Test
  void rejectsTausOutOfRange() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> average.updates(1.5))
        .withMessage(
            """
            moving average: the tau must be in [0, 1], got 1.5.""");
    assertThatIllegalArgumentException().isThrownBy(() -> average.updated(-0.1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> average.updated(Expr.input("tau", 2)))
        .withMessage(
            """
            moving average: tau is not a scalar.
              tau  tau  [2]
            Maybe one number for all was meant.""");
  }
}
