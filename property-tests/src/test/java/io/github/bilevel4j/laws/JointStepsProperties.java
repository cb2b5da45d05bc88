package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.evaluation.Evaluation;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.laws.QuadraticProblem.Data;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.estimator.Soba;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Joint steps of inner variables, adjoint and outer variables. */
class JointStepsProperties {
  private static final int INNER = 4;
  private static final int OUTER = 2;

  private static final QuadraticProblem PROBLEM = new QuadraticProblem();
  private static final BilevelSolver STANDING = PROBLEM.warmSolver(Soba.rate(0.3));

  private static final Expr X = Expr.variable("x", Shape.of(OUTER), Initializer.zeros());
  private static final Expr Y = Expr.variable("y", Shape.of(INNER), Initializer.zeros());
  private static final Expr A = Expr.input("A", INNER, INNER);
  private static final Expr C = Expr.input("C", OUTER, INNER);
  private static final Expr TARGET = Expr.input("target", INNER);
  private static final double RIDGE = 0.5;
  private static final Engine ENGINE = Evaluation.open(Precision.FLOAT64);
  private static final BilevelSolver MOVING = moving();

  /** {@code G = 1/2 y'Ay - x'Cy} and {@code F = 1/2 |y - target|^2 + ridge/2 |x|^2}. */
  private static BilevelSolver moving() {
    Expr y = Y.unsqueezed(-1);
    Expr pull = C.matmul(y).reshape(OUTER).dot(X);
    return BilevelSolver.of(
        Bilevel.problem("tracking")
            .inner(Variables.of(Y))
            .minimize(
                Objective.of("bowl", A.matmul(y).reshape(INNER).dot(Y).times(0.5))
                    .minus("pull", 1, pull))
            .solvedBy(1, Sgd.rate(0.3))
            .outer(Variables.of(X))
            .minimize(
                Objective.of("distance", Y.minus(TARGET).squared().sum().times(0.5))
                    .plus("size", RIDGE / 2, X.squared().sum()))
            .steppedBy(Sgd.rate(0.05))
            .differentiatedBy(Soba.rate(0.3)),
        ENGINE);
  }

  /** Where the outer variables stand still, adjoint and inner variables come to rest. */
  @Property(seed = "321", tries = 5)
  void atRestTheHypergradientIsExact(@ForAll long seed) {
    Data data = Data.draw(Draws.seed(seed));
    for (int step = 0; step < 150; step++) {
      PROBLEM.hypergradient(STANDING, data);
    }
    assertClose(PROBLEM.hypergradient(STANDING, data), QuadraticProblem.closedForm(data), 1e-10);
  }

  /** {@code x = (C A^-2 C' + ridge I)^-1 C A^-1 target}. */
  @Property(seed = "322", tries = 3)
  void allThreeReachTheOptimum(@ForAll long seed) {
    Draws draws = Draws.seed(seed);
    Array a = draws.symmetric(1, 3, INNER);
    Array c = draws.normal(OUTER, INNER);
    Array target = draws.normal(INNER);
    Feed feed = Feed.of(A, a).and(C, c).and(TARGET, target);
    ENGINE.write(Map.of(X, Array.fill(X.shape(), i -> 1), Y, Array.fill(Y.shape(), i -> 0)));
    ImmutableMap<String, Double> report = ImmutableMap.of();
    for (int step = 0; step < 1500; step++) {
      report = MOVING.step(feed);
    }
    Expr slope = Expr.constant(a).positiveDefiniteSolve(Expr.constant(c).transposed());
    Expr optimum =
        slope
            .transposedMatmul(slope)
            .plusDiagonal(RIDGE)
            .positiveDefiniteSolve(slope.transposedMatmul(Expr.constant(target).unsqueezed(-1)));
    assertClose(ENGINE.read(X), Evaluation.of(optimum.reshape(OUTER)), 1e-9);
    assertThat(report.get("adjoint residual")).isLessThan(1e-9);
    assertThat(report.get("inner gradient norm")).isLessThan(1e-9);
    assertThat(report.get("hypergradient norm")).isLessThan(1e-9);
  }
}
