package org.example;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.diagnosis.Diagnosis;
import io.github.bilevel4j.solver.diagnosis.Explanation;
import io.github.bilevel4j.solver.diagnosis.Verification;
import io.github.bilevel4j.solver.step.MicroBatches;
import java.util.List;
import org.junit.jupiter.api.Test;

/** An estimator is run, explained, diagnosed and verified like those of the library. */
class IdentityHessianTest {
  private static final Feed NONE = Feed.none();

  private final Expr w = Expr.variable("w", Array.vector(0, 0));
  private final Expr theta = Expr.variable("theta", Array.vector(0.5, -0.5));

  /**
   * The inner solution is theta, with inner Hessian {@code diag(c)}; so the hypergradient is {@code
   * theta - (2, 1) = (-1.5, -1.5)}, and the estimate {@code scale c (theta - (2, 1))}.
   */
  private BilevelProblem follow(double first, double second, HypergradientEstimator estimator) {
    Expr c = Expr.constant(Array.vector(first, second));
    Expr target = Expr.constant(Array.vector(2, 1));
    return Bilevel.problem("follow")
        .inner(Variables.of(w))
        .minimize(Objective.of("distance", c.dot(w.minus(theta).squared()).times(0.5)))
        .solvedBy(60, Sgd.rate(0.25))
        .outer(Variables.of(theta))
        .minimize(Objective.of("target", w.minus(target).squared().sum().times(0.5)))
        .steppedBy(Sgd.rate(1))
        .differentiatedBy(estimator);
  }

  @Test
  void exactWhereTheHessianIsSuchAMultiple() {
    try (Engine engine = Values.engine()) {
      BilevelSolver solver = BilevelSolver.of(follow(2, 2, new IdentityHessian(0.5)), engine);
      assertArrayEquals(
          new double[] {-1.5, -1.5}, solver.hypergradient(NONE).get("theta").toDoubles(), 1e-14);
      Diagnosis diagnosis = solver.diagnose(NONE);
      assertTrue(diagnosis.isFine(), diagnosis.toString());
      Verification verification = solver.verify(NONE);
      assertTrue(verification.isRight(), verification.toString());
    }
  }

  @Test
  void saysHowFarItIsOffElsewhere() {
    try (Engine engine = Values.engine()) {
      BilevelSolver solver = BilevelSolver.of(follow(2, 4, new IdentityHessian(0.25)), engine);
      assertArrayEquals(
          new double[] {-0.75, -1.5}, solver.hypergradient(NONE).get("theta").toDoubles(), 1e-14);
      // (0.75, 0) is missing of (-1.5, -1.5).
      double error = 0.5 / Math.sqrt(2);
      Diagnosis diagnosis = solver.diagnose(NONE);
      assertEquals(error, diagnosis.errors().total().orElseThrow(), 1e-6);
      assertTrue(diagnosis.findings().get(0).contains("35 %"), diagnosis.toString());
      Verification verification = solver.verify(NONE);
      assertEquals(error, verification.numbers().get(Verification.ERROR), 1e-12);
      assertTrue(verification.findings().get(0).contains("biased"), verification.toString());
    }
  }

  @Test
  void explains() {
    try (Engine engine = Values.engine()) {
      Explanation explanation =
          BilevelSolver.of(follow(2, 4, new IdentityHessian(0.25)), engine).explain();
      assertEquals("inverse Hessian taken as 0.25 (biased)", explanation.method());
      assertEquals("dF/dtheta - scale d/dtheta <dG/dphi, dF/dphi>", explanation.path());
      assertEquals("in the inner gradient", explanation.coupling().get("theta"));
      assertTrue(explanation.gradients().get("inner steps") >= 60, explanation.toString());
    }
  }

  @Test
  void solves() {
    try (Engine engine = Values.engine()) {
      BilevelSolver solver = BilevelSolver.of(follow(2, 4, new IdentityHessian(0.25)), engine);
      for (int k = 0; k < 45; k++) {
        solver.step(NONE);
      }
      assertArrayEquals(new double[] {2, 1}, engine.read(theta).toDoubles(), 1e-12);
    }
  }

  @Test
  void microBatches() {
    Expr x = Expr.input("x", 1, 2);
    Expr y = Expr.input("y", 1, 2);
    BilevelProblem problem =
        Bilevel.problem("means")
            .inner(Variables.of(w))
            .minimize(
                Objective.of(
                    "distance", w.minus(theta).minus(x).squared().sum(1).mean().times(0.5)))
            .solvedBy(100, Sgd.rate(0.5))
            .outer(Variables.of(theta))
            .minimize(
                Objective.of("target", w.minus(y).squared().sum(1).mean().times(0.5))
                    .plus("size", theta.squared().sum().times(0.5)))
            .steppedBy(Sgd.rate(1))
            .differentiatedBy(new IdentityHessian(1));
    Feed first = Feed.of(x, row(1, 2)).and(y, row(0, 3));
    Feed second = Feed.of(x, row(3, -2)).and(y, row(2, 1));
    try (Engine engine = Values.engine()) {
      BilevelSolver solver = BilevelSolver.of(problem, MicroBatches.on(engine));
      // w* - the mean of y + theta, for w* = theta + the mean of x
      assertArrayEquals(
          new double[] {0.5 + 2 - 1 + 0.5, -0.5 + 0 - 2 - 0.5},
          solver.hypergradient(Feed.microBatches(List.of(first, second))).get("theta").toDoubles(),
          1e-14);
    }
  }

  @Test
  void scaleOfNothing() {
    UsageError error = assertThrows(UsageError.class, () -> new IdentityHessian(0));
    assertTrue(error.getMessage().contains("identity Hessian"), error.getMessage());
  }

  @Test
  void optimizerThatRestsElsewhere() {
    UsageError error =
        assertThrows(
            UsageError.class,
            () ->
                Bilevel.problem("decayed")
                    .inner(Variables.of(w))
                    .minimize(Objective.of("distance", w.minus(theta).squared().sum()))
                    .solvedBy(5, Sgd.rate(0.1).weightDecay(0.1))
                    .outer(Variables.of(theta))
                    .minimize(Objective.of("size", w.squared().sum()))
                    .steppedBy(Sgd.rate(1))
                    .differentiatedBy(new IdentityHessian(1)));
    assertTrue(error.getMessage().contains("identity Hessian"), error.getMessage());
  }

  private static Array row(double... values) {
    return Array.matrix(new double[][] {values});
  }
}
