package org.example;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.estimator.Unrolled;
import org.junit.jupiter.api.Test;

/** An optimizer solves an inner level, and the hypergradient goes through each of its steps. */
class HeavyBallTest {
  private static final double RATE = 0.3;
  private static final double INERTIA = 0.5;
  private static final int STEPS = 4;

  @Test
  void hypergradientThroughItsSteps() {
    Expr w = Expr.variable("w", Array.scalar(0));
    Expr theta = Expr.variable("theta", Array.scalar(0.7));
    BilevelProblem problem =
        Bilevel.problem("follow")
            .inner(Variables.of(w))
            .minimize(Objective.of("distance", w.minus(theta).squared().times(0.5)))
            .solvedBy(STEPS, new HeavyBall(RATE, INERTIA))
            .outer(Variables.of(theta))
            .minimize(Objective.of("target", w.minus(2).squared().times(0.5)))
            .steppedBy(Sgd.rate(0.1))
            .differentiatedBy(Unrolled.exact());
    try (Engine engine = Values.engine()) {
      double computed =
          BilevelSolver.of(problem, engine).hypergradient(Feed.none()).get("theta").scalarValue();
      // Of w, linear in theta: w_K = c theta, so that dF/dtheta = (c theta - 2) c.
      double c = share();
      assertEquals((c * 0.7 - 2) * c, computed, 1e-14);
    }
  }

  /** {@code w_K / theta}, by the recurrence on numbers. */
  private static double share() {
    double before = 0;
    double now = 0;
    for (int k = 0; k < STEPS; k++) {
      double next = now - RATE * (now - 1) + INERTIA * (now - before);
      before = now;
      now = next;
    }
    return now;
  }
}
