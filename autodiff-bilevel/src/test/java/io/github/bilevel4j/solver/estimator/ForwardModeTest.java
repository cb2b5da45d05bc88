package io.github.bilevel4j.solver.estimator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.optimizer.Adam;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.solver.BilevelSolver;
import org.junit.jupiter.api.Test;

/** The tangents of all outer coordinates are one batch. */
class ForwardModeTest {

  /** A weight for each feature, and one for all; the inner parameters are a matrix. */
  private static BilevelProblem problem(int features, HypergradientEstimator estimator) {
    Expr w = Expr.variable("w", Array.fill(Shape.of(features, 2), i -> Math.sin(i)));
    Expr weights = Expr.variable("weights", Array.fill(Shape.of(features, 1), i -> Math.cos(i)));
    Expr scale = Expr.variable("scale", Array.scalar(0.5));
    Expr x = Expr.constant(Array.fill(Shape.of(4, features), i -> Math.sin(3 * i + 1)));
    Expr fit = x.matmul(w).tanh().minus(scale).squared().sum();
    return Bilevel.problem("fit")
        .inner(Variables.of(w))
        .minimize(Objective.of("fit", fit.plus(w.squared().times(weights.exp()).sum())))
        .solvedBy(4, Adam.rate(0.1))
        .outer(Variables.of(weights, scale))
        .minimize(Objective.of("validation", x.matmul(w).sin().sum().plus(scale.squared())))
        .steppedBy(Sgd.rate(0.1))
        .differentiatedBy(estimator);
  }

  private static int nodes(int features) {
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      return BilevelSolver.of(problem(features, ForwardMode.exact()), engine).explain().nodes();
    }
  }

  @Test
  void whatIsCompiledDoesNotGrowWithTheOuterCoordinates() {
    assertThat(nodes(30)).isEqualTo(nodes(3));
  }

  @Test
  void equalsTheUnrolledDerivative() {
    double[] forward = stepped(ForwardMode.exact());
    double[] unrolled = stepped(Unrolled.exact());
    for (int i = 0; i < forward.length; i++) {
      assertThat(forward[i]).isCloseTo(unrolled[i], within(1e-12));
    }
  }

  private static double[] stepped(HypergradientEstimator estimator) {
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      BilevelProblem problem = problem(3, estimator);
      BilevelSolver.of(problem, engine).step(Feed.none());
      return engine.read(problem.outer().variables().get("weights")).toDoubles();
    }
  }
}
