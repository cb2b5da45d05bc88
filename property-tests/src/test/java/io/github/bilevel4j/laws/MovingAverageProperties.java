package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.evaluation.Evaluation;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.losses.state.MovingAverage;
import io.github.bilevel4j.optimizer.Schedule;
import io.github.bilevel4j.shape.Array;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** A moving average of variables that move on by a constant in each step. */
class MovingAverageProperties {
  private static final int SIZE = 3;

  private static Array after(
      int steps, Expr theta, Array velocity, MovingAverage average, Expr tau, Expr k) {
    try (Engine engine = Evaluation.open(Precision.FLOAT64)) {
      Program step =
          engine.compile(
              Step.named("step")
                  .updating(theta, theta.plus(Expr.constant(velocity)))
                  .updating(average.updates(tau))
                  .updating(k, k.plus(1)));
      for (int i = 0; i < steps; i++) {
        step.run();
      }
      return engine.read(average.variables().get("theta"));
    }
  }

  /** {@code theta_k - t_k = b_k velocity} with {@code b_{k+1} = tau_k b_k + 1}. */
  @Property(seed = "121", tries = 10)
  void followsAtADistanceOfItsWeights(@ForAll long seed, @ForAll @IntRange(max = 6) int steps) {
    Draws draws = Draws.seed(seed);
    Array start = draws.normal(SIZE);
    Array velocity = draws.normal(SIZE);
    double first = draws.uniform(0, 1, 1).at(0);
    Expr theta = Expr.variable("theta", start);
    Expr k = Expr.variable("k", Array.scalar(0));
    MovingAverage average = MovingAverage.of(Variables.of(theta));
    Expr tau = Schedule.cosine(first, 1, 6).at(k);
    double behind = 0;
    for (int step = 0; step < steps; step++) {
      double weight = 1 - (1 - first) * (Math.cos(Math.PI * step / 6) + 1) / 2;
      behind = weight * behind + 1;
    }
    double distance = behind;
    Array expected =
        Array.fill(start.shape(), i -> start.at(i) + velocity.at(i) * (steps - distance));
    assertClose(after(steps, theta, velocity, average, tau, k), expected);
  }

  /** Weight one keeps the average, weight zero makes it the last value before the step. */
  @Property(seed = "122", tries = 5)
  void keepsOrCopiesAtItsLimits(@ForAll long seed) {
    Draws draws = Draws.seed(seed);
    Array start = draws.normal(SIZE);
    Array velocity = draws.normal(SIZE);
    for (int tau = 0; tau < 2; tau++) {
      int weight = tau;
      Expr theta = Expr.variable("theta", start);
      Expr k = Expr.variable("k", Array.scalar(0));
      MovingAverage average = MovingAverage.of(Variables.of(theta));
      Array expected =
          Array.fill(start.shape(), i -> start.at(i) + (1 - weight) * 3 * velocity.at(i));
      assertClose(after(4, theta, velocity, average, Expr.constant(tau), k), expected);
    }
  }
}
