package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.evaluation.Evaluation;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.estimator.Implicit;
import io.github.bilevel4j.solver.estimator.Unrolled;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Hypergradients of a problem with a nonlinear, proximal inner level. */
class HypergradientEstimatorProperties {
  private static final int SIZE = 4;

  private static final Expr THETA = Expr.variable("theta", Draws.seed(1).normal(SIZE));
  private static final Variables PHI = Variables.of(THETA).copy("phi");
  private static final Expr DATA = Expr.input("data", 5, SIZE);

  /** The weights of the two outer objectives. */
  private static final Expr WEIGHTS = Expr.input("weights", 2);

  private static final Engine ENGINE = Evaluation.open(Precision.FLOAT64);

  private static BilevelSolver solver(int steps, HypergradientEstimator estimator) {
    Expr phi = PHI.get("theta");
    Expr fit = DATA.matmul(phi.unsqueezed(-1)).tanh();
    Expr first = fit.mean();
    Expr second = phi.minus(1).squared().sum().plus(THETA.dot(phi));
    return BilevelSolver.of(
        Bilevel.problem("proximal")
            .inner(PHI)
            .minimize(Objective.of("fit", fit.minus(0.5).squared().sum()))
            .near(Variables.of(THETA), 8)
            .startingAt(Variables.of(THETA))
            .solvedBy(steps, Sgd.rate(0.05))
            .outer(Variables.of(THETA))
            .minimize(
                Objective.of(
                    "weighted", first.times(WEIGHTS.at(0, 0)).plus(second.times(WEIGHTS.at(0, 1)))))
            .steppedBy(Sgd.rate(1))
            .differentiatedBy(estimator),
        ENGINE);
  }

  private static final ImmutableMap<String, BilevelSolver> LINEAR =
      ImmutableMap.of(
          "exact", solver(2, Unrolled.exact()),
          "first order", solver(2, Unrolled.firstOrder()),
          "implicit", solver(10, Implicit.by(ConjugateGradient.steps(2 * SIZE).tolerance(1e-15))));

  private static final BilevelSolver IMPLICIT =
      solver(150, Implicit.by(ConjugateGradient.steps(2 * SIZE).tolerance(1e-15)));
  private static final BilevelSolver UNROLLED = solver(40, Unrolled.exact());

  private static Array hypergradient(
      BilevelSolver solver, Array data, double first, double second) {
    Feed feed = Feed.of(DATA, data).and(WEIGHTS, Array.vector(first, second));
    return solver.hypergradient(feed).get("theta");
  }

  @Property(seed = "95", tries = 10)
  void isLinearInTheOuterObjective(@ForAll long seed) {
    Draws draws = Draws.seed(seed);
    Array data = draws.uniform(-1, 1, 5, SIZE);
    Array weights = draws.normal(2);
    LINEAR.forEach(
        (name, solver) -> {
          Array one = hypergradient(solver, data, 1, 0);
          Array other = hypergradient(solver, data, 0, 1);
          Array both = hypergradient(solver, data, weights.at(0), weights.at(1));
          Array expected =
              Array.fill(one.shape(), i -> weights.at(0) * one.at(i) + weights.at(1) * other.at(i));
          assertClose(List.of(both), List.of(expected));
        });
  }

  /** Each step brings phi nearer to its limit by a third at least. */
  @Property(seed = "96", tries = 10)
  void unrollingManyStepsTendsToTheImplicitDerivative(@ForAll long seed) {
    Array data = Draws.seed(seed).uniform(-1, 1, 5, SIZE);
    assertClose(hypergradient(UNROLLED, data, 1, 0.3), hypergradient(IMPLICIT, data, 1, 0.3), 1e-6);
  }
}
