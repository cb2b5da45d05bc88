package io.github.bilevel4j.solver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNoException;

import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.optimizer.Constraint;
import io.github.bilevel4j.optimizer.Projected;
import io.github.bilevel4j.optimizer.Schedule;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.problem.Optimizer;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.solver.estimator.FixedPoint;
import io.github.bilevel4j.solver.estimator.Implicit;
import io.github.bilevel4j.solver.estimator.Unrolled;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import org.junit.jupiter.api.Test;

/** What the derivatives tell about a problem before it is compiled. */
class CouplingCheckTest {
  private static final HypergradientEstimator IMPLICIT = Implicit.by(ConjugateGradient.steps(5));

  private final Expr w = Expr.variable("w", Array.vector(1, 2));
  private final Expr x = Expr.variable("x", Array.vector(0.5, 0.5));
  private final Expr added = w.squared().sum().plus(x.squared().sum());

  private BilevelProblem problem(
      Expr g, Optimizer optimizer, HypergradientEstimator hypergradient) {
    return Bilevel.problem("p")
        .inner(Variables.of(w))
        .minimize(Objective.of("g", g))
        .solvedBy(1, optimizer)
        .outer(Variables.of(x))
        .minimize(Objective.of("f", w.squared().sum()))
        .steppedBy(Sgd.rate(0.1))
        .differentiatedBy(hypergradient);
  }

  private static void assertMessage(BilevelProblem problem, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LevelReduction.resolved(problem, 1))
        .withMessage(message);
  }

  @Test
  void termsThatAreOnlyAdded() {
    assertMessage(
        problem(added, Sgd.rate(0.1), IMPLICIT),
        """
        problem "p": the inner solution does not depend on the outer variables.
          inner variables  [w]
          outer variables  [x]
          hypergradient    implicit, conjugate gradient, at most 5 iterations, tolerance 1.0E-10
        Maybe near(theta, 1 / rate), startingAt(theta) or a product of both is missing.""");
    assertMessage(
        problem(added, Sgd.rate(0.1), Unrolled.exact()),
        """
        problem "p": the inner solution does not depend on the outer variables.
          inner variables  [w]
          outer variables  [x]
          hypergradient    exact, unrolled through the inner steps
        Maybe near(theta, 1 / rate), startingAt(theta) or a product of both is missing.""");
  }

  /** Unrolled derivatives follow the optimizer too. */
  @Test
  void learnedRate() {
    Schedule rate = count -> x.sum().exp();
    BilevelProblem learned = problem(w.squared().sum(), Sgd.rate(rate), Unrolled.exact());
    assertThatNoException().isThrownBy(() -> LevelReduction.resolved(learned, 1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> problem(w.squared().sum(), Sgd.rate(rate), IMPLICIT))
        .withMessage(
            """
            problem "p": the outer variables act on the inner solution by the inner optimizer alone, which the estimator does not differentiate.
              inner variables  [w]
              outer variables  [x]
              hypergradient    implicit, conjugate gradient, at most 5 iterations, tolerance 1.0E-10
            Maybe near(theta, 1 / rate) is missing, or Unrolled.exact() was meant.""");
  }

  /** The minimum of {@code |w - 2|^2} over {@code w <= x < 2} is x. */
  @Test
  void projectionAlone() {
    Constraint below =
        new Constraint() {
          @Override
          public Expr project(Expr component) {
            return component.minimum(x);
          }

          @Override
          public String description() {
            return "numbers of at most x";
          }
        };
    Expr distance = w.minus(2).squared().sum();
    BilevelProblem problem =
        problem(distance, Projected.onto(below, Sgd.rate(0.2)), FixedPoint.terms(3));
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      assertThat(BilevelSolver.of(problem, engine).hypergradient(Feed.none()).get("x").toDoubles())
          .containsExactly(1, 1);
    }
  }

  @Test
  void derivativeThatVanishes() {
    Expr constant = w.dot(x).gradient(w).dot(x);
    assertMessage(
        problem(constant, Sgd.rate(0.1), IMPLICIT),
        """
        problem "p": the derivative of the term "g" of the inner objective is zero everywhere.
          inner variables  [w]
        Maybe a derivative inside it is constant, such as that of a linear function.""");
  }

  @Test
  void lowerLevelWithoutCoupling() {
    Expr y = Expr.variable("y", Array.vector(0, 0));
    BilevelProblem three =
        Bilevel.problem("p")
            .inner(Variables.of(w))
            .minimize(Objective.of("h", added))
            .solvedBy(1, Sgd.rate(0.1))
            .under(Variables.of(y))
            .minimize(Objective.of("g", y.minus(w).squared().sum()).plus("tilt", y.dot(x)))
            .solvedBy(1, Sgd.rate(0.1))
            .outer(Variables.of(x))
            .minimize(Objective.of("f", y.squared().sum()))
            .steppedBy(Sgd.rate(0.1))
            .differentiatedBy(IMPLICIT);
    assertMessage(
        three,
        """
        problem "p": a lower level does not depend on the variables of the levels above.
          lower variables  [w]
        Maybe it can be solved once, before, or a product or a near(...) is missing.""");
  }
}
