package io.github.bilevel4j.solver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Update;
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
import io.github.bilevel4j.solver.estimator.FixedPoint;
import io.github.bilevel4j.solver.estimator.Implicit;
import io.github.bilevel4j.solver.estimator.Unrolled;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Three quadratics nested, all scalar:
 *
 * <pre>
 * h = (z - a y - b x)^2 / 2                        z* = a y + b x
 * g = (z - 1)^2 / 2 + m (y - x)^2 / 2              y* = (m x + a - a b x) / (a^2 + m)
 * f = (z - c)^2 / 2 + y^2 / 2 + x y
 * </pre>
 */
class ThreeLevelsTest {
  private static final double A = 0.7;
  private static final double B = -0.4;
  private static final double C = 2;
  private static final double M = 0.5;
  private static final double X = 0.3;

  private Engine engine;

  private final Expr x = Expr.variable("x", Array.scalar(X));
  private final Expr y = Expr.variable("y", Array.scalar(0));
  private final Expr z = Expr.variable("z", Array.scalar(0));

  @BeforeEach
  void open() {
    engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64);
  }

  @AfterEach
  void close() {
    engine.close();
  }

  private static Expr half(Expr value) {
    return value.squared().times(0.5);
  }

  private Expr h() {
    return half(z.minus(y.times(A)).minus(x.times(B)));
  }

  /** The first term is {@code (z - 1)^2 / 2}, written with a derivative inside. */
  private static Expr g(Expr z, Expr y, Expr x) {
    return half(half(z).gradient(z).minus(1)).plus(half(y.minus(x)).times(M));
  }

  private static Expr f(Expr z, Expr y, Expr x) {
    return half(z.minus(C)).plus(half(y)).plus(x.times(y));
  }

  private BilevelProblem three(int lower, int middle, HypergradientEstimator estimator) {
    return Bilevel.problem("three")
        .inner(Variables.of(z))
        .minimize(Objective.of("h", h()))
        .solvedBy(lower, Sgd.rate(0.9))
        .under(Variables.of(y))
        .minimize(Objective.of("g", g(z, y, x)))
        .solvedBy(middle, Sgd.rate(0.9))
        .outer(Variables.of(x))
        .minimize(Objective.of("f", f(z, y, x)))
        .steppedBy(Sgd.rate(0.1))
        .differentiatedBy(estimator);
  }

  private static double yBest() {
    return (M * X + A - A * B * X) / (A * A + M);
  }

  private static double zBest() {
    return A * yBest() + B * X;
  }

  private static double closedForm() {
    double slope = (M - A * B) / (A * A + M);
    return (zBest() - C) * (A * slope + B) + yBest() * slope + yBest() + X * slope;
  }

  private double hypergradient(BilevelProblem problem) {
    return BilevelSolver.of(problem, engine).hypergradient(Feed.none()).get("x").scalarValue();
  }

  @Test
  void enoughStepsGiveTheClosedForm() {
    assertThat(hypergradient(three(12, 1, Implicit.by(ConjugateGradient.steps(2)))))
        .isNotCloseTo(closedForm(), within(1e-3));
    assertThat(hypergradient(three(12, 30, Implicit.by(ConjugateGradient.steps(2)))))
        .isCloseTo(closedForm(), within(1e-10));
    assertThat(hypergradient(three(12, 12, Unrolled.exact())))
        .isCloseTo(closedForm(), within(1e-9));
  }

  static List<HypergradientEstimator> estimators() {
    return List.of(Unrolled.exact(), Implicit.by(ConjugateGradient.steps(2)), FixedPoint.terms(3));
  }

  /** Two lower steps from zero give {@code z_2 = 0.99 (a y + b x)}. */
  @ParameterizedTest
  @MethodSource("estimators")
  void fewLowerStepsEqualTheProblemWithTheStepsWrittenByHand(HypergradientEstimator estimator) {
    Expr written = y.times(A).plus(x.times(B)).times(0.99);
    BilevelProblem byHand =
        Bilevel.problem("by hand")
            .inner(Variables.of(y))
            .minimize(Objective.of("g", g(written, y, x)))
            .solvedBy(3, Sgd.rate(0.9))
            .outer(Variables.of(x))
            .minimize(Objective.of("f", f(written, y, x)))
            .steppedBy(Sgd.rate(0.1))
            .differentiatedBy(estimator);
    double expected = hypergradient(byHand);
    engine.write(y, Array.scalar(0));
    assertThat(hypergradient(three(2, 3, estimator))).isCloseTo(expected, within(1e-14));
  }

  @Test
  void aStepLeavesEachLevelAtItsSolution() {
    Expr mean = Expr.variable("mean", Array.scalar(0));
    BilevelProblem problem =
        three(12, 20, Implicit.by(ConjugateGradient.steps(2)))
            .updating(List.of(new Update(mean, z.plus(y).times(0.5))));
    BilevelSolver.of(problem, engine).step(Feed.none());
    assertThat(engine.read(y).scalarValue()).isCloseTo(yBest(), within(1e-12));
    assertThat(engine.read(z).scalarValue()).isCloseTo(zBest(), within(1e-10));
    assertThat(engine.read(mean).scalarValue()).isCloseTo((yBest() + zBest()) / 2, within(1e-10));
    assertThat(engine.read(x).scalarValue()).isCloseTo(X - 0.1 * closedForm(), within(1e-9));
  }

  /** With one lower step a solve, z comes to its solution from outer step to outer step. */
  @Test
  void lowerLevelsStartWarm() {
    BilevelSolver solver =
        BilevelSolver.of(three(1, 5, Implicit.by(ConjugateGradient.steps(2))), engine);
    for (int step = 0; step < 300; step++) {
      solver.step(Feed.none());
    }
    double solution = A * engine.read(y).scalarValue() + B * engine.read(x).scalarValue();
    assertThat(engine.read(z).scalarValue()).isCloseTo(solution, within(1e-9));
  }

  /** {@code v* = x z*} beside y in the middle, {@code u* = y} beside z below. */
  @Test
  void levelsSideBySideUnderOthersSideBySide() {
    Expr u = Expr.variable("u", Array.scalar(0));
    Expr v = Expr.variable("v", Array.scalar(0));
    BilevelProblem problem =
        Bilevel.problem("four")
            .inner(Variables.of(z))
            .minimize(Objective.of("h", half(z.minus(x.times(B)))))
            .solvedBy(1, Sgd.rate(1))
            .and(Variables.of(u))
            .minimize(Objective.of("h", half(u.minus(y))))
            .solvedBy(13, Sgd.rate(0.9))
            .under(Variables.of(y))
            .minimize(Objective.of("g", half(u.minus(x.times(3)))))
            .solvedBy(2, Sgd.rate(1))
            .and(Variables.of(v))
            .minimize(Objective.of("k", half(v.minus(x.times(z)))))
            .solvedBy(1, Sgd.rate(1))
            .outer(Variables.of(x))
            .minimize(Objective.of("f", y.times(v)))
            .steppedBy(Adam.rate(0.1))
            .differentiatedBy(Implicit.by(ConjugateGradient.steps(4)));
    // y* = 3 x, v* = b x^2, f = 3 b x^3.
    assertThat(hypergradient(problem)).isCloseTo(9 * B * X * X, within(1e-12));
  }
}
