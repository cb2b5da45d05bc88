package io.github.bilevel4j.solver.step;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.estimator.FiniteDifference;
import io.github.bilevel4j.solver.estimator.Implicit;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/**
 * With {@code G = |phi - theta|^2 / 2} a step of rate r moves phi to {@code phi - r (phi - theta)}.
 */
class InnerSolveTest {
  private static final double RATE = 0.1;
  private static final double THETA = 2;

  private final Variables phi = Variables.of(Expr.variable("phi", Array.vector(7)));
  private final Variables theta = Variables.of(Expr.variable("theta", Array.vector(THETA)));

  private BilevelProblem problem(Function<Vector, Vector> start) {
    Expr inner = phi.vector().minus(Vector.of(Map.of("phi", theta.get("theta")))).squaredNorm();
    return Bilevel.problem("inner solve")
        .inner(phi)
        .minimize(Objective.of("distance", inner.times(0.5)))
        .startingAt(start.apply(Vector.of(Map.of("phi", theta.get("theta")))))
        .solvedBy(2, Sgd.rate(RATE))
        .outer(theta)
        .minimize(Objective.of("outer", phi.vector().squaredNorm()))
        .steppedBy(Sgd.rate(1e-3))
        .differentiatedBy(Implicit.by(ConjugateGradient.steps(3)));
  }

  private double solved(BilevelProblem problem) {
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      BilevelSolver.of(problem, engine).step(Feed.none());
      return engine.read(phi.get("phi")).at(0);
    }
  }

  @Test
  void beginsAtTheStartingPoint() {
    BilevelProblem problem = problem(at -> at.times(3));
    double expected = THETA + 2 * THETA * (1 - RATE) * (1 - RATE);
    assertThat(solved(problem)).isCloseTo(expected, within(1e-14));
    assertThat(solved(problem.differentiatedBy(FiniteDifference.radius(1e-3).atSolution())))
        .isCloseTo(expected, within(1e-14));
  }
}
