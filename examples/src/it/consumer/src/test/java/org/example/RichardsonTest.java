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
import io.github.bilevel4j.solver.estimator.Implicit;
import org.junit.jupiter.api.Test;

/** A linear method solves the adjoint system of an implicit hypergradient. */
class RichardsonTest {

  @Test
  void hypergradientOfRidgeRegression() {
    // Inner: 1/2 |w - y|^2 + exp(theta) / 2 |w|^2, so that w* = y / (1 + exp(theta)).
    Expr w = Expr.variable("w", Array.vector(0, 0));
    Expr theta = Expr.variable("theta", Array.scalar(0));
    Expr y = Expr.constant(Array.vector(1, 3));
    BilevelProblem problem =
        Bilevel.problem("ridge")
            .inner(Variables.of(w))
            .minimize(
                Objective.of("fit", w.minus(y).squared().sum().times(0.5))
                    .plus("penalty", w.squared().sum().times(theta.exp()).times(0.5)))
            .solvedBy(100, Sgd.rate(0.4))
            .outer(Variables.of(theta))
            .minimize(Objective.of("validation", w.sum()))
            .steppedBy(Sgd.rate(0.1))
            .differentiatedBy(Implicit.by(new Richardson(0.4, 60)));
    try (Engine engine = Values.engine()) {
      double computed =
          BilevelSolver.of(problem, engine).hypergradient(Feed.none()).get("theta").scalarValue();
      // d/dtheta (y1 + y2) / (1 + e^theta) = -4 e^theta / (1 + e^theta)^2 = -1 at theta = 0.
      assertEquals(-1, computed, 1e-12);
    }
  }
}
