package io.github.bilevel4j.solver.estimator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableMap;
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
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/**
 * Scalar ridge regression, {@code g = (w - 1)^2 / 2 + exp(x) w^2 / 2}: everything in closed form.
 */
class RidgeTest {
  private static final double LOG_WEIGHT = 0.3;

  /** {@code w* = 1 / (1 + e^x)}; the outer objective is {@code (w - 2)^2 / 2}. */
  private static double exactHypergradient() {
    double w = 1 / (1 + Math.exp(LOG_WEIGHT));
    return (w - 2) * -Math.exp(LOG_WEIGHT) * w * w;
  }

  private static double hypergradient(int steps, HypergradientEstimator estimator) {
    return hypergradient(steps, estimator, UnaryOperator.identity());
  }

  private static double hypergradient(
      int steps, HypergradientEstimator estimator, UnaryOperator<Expr> penaltyAs) {
    Expr w = Expr.variable("w", Array.vector(0, 0));
    Expr x = Expr.variable("x", Array.scalar(LOG_WEIGHT));
    Expr first = w.at(0, 0);
    BilevelProblem problem =
        Bilevel.problem("ridge")
            .inner(Variables.of(w))
            .minimize(
                Objective.of("fit", first.minus(1).squared().times(0.5))
                    .plus("penalty", 0.5, penaltyAs.apply(w.squared().sum().times(x.exp()))))
            .solvedBy(steps, Sgd.rate(0.2))
            .outer(Variables.of(x))
            .minimize(Objective.of("validation", first.minus(2).squared().times(0.5)))
            .steppedBy(Adam.rate(0.1))
            .differentiatedBy(estimator);
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      ImmutableMap<String, Array> result =
          BilevelSolver.of(problem, engine).hypergradient(Feed.none());
      return result.get("x").scalarValue();
    }
  }

  @Test
  void implicitEqualsTheClosedForm() {
    assertThat(hypergradient(100, Implicit.by(ConjugateGradient.steps(2))))
        .isCloseTo(exactHypergradient(), within(1e-9));
  }

  @Test
  void unrolledTendsToTheClosedForm() {
    assertThat(hypergradient(100, Unrolled.exact())).isCloseTo(exactHypergradient(), within(1e-9));
  }

  /** The penalty's value is 7, and its derivatives in w, in w and w, and in w and x count. */
  @Test
  void customGradientsArePartOfAllDerivatives() {
    UnaryOperator<Expr> custom = Expr.constant(7)::withGradientOf;
    assertThat(hypergradient(100, Implicit.by(ConjugateGradient.steps(2)), custom))
        .isCloseTo(exactHypergradient(), within(1e-9));
    assertThat(hypergradient(100, Unrolled.exact(), custom))
        .isCloseTo(exactHypergradient(), within(1e-9));
  }
}
