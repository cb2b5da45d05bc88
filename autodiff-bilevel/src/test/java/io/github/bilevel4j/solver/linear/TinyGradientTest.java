package io.github.bilevel4j.solver.linear;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.estimator.Implicit;
import io.github.bilevel4j.solver.step.MicroBatches;
import io.github.bilevel4j.solver.step.internal.UnitRoundoff;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Outer gradients whose squares are zero in single precision. */
class TinyGradientTest {
  private static final int N = 6;

  private final Expr w = Expr.variable("w", Array.fill(Shape.of(N), i -> 1 + 0.3 * i));
  private final Expr x = Expr.variable("x", Array.fill(Shape.of(N), i -> Math.cos(i)));
  private final Expr factor = Expr.input("factor");

  private static double curvature(int i) {
    return 1 + 0.4 * i;
  }

  /** {@code sum of c_i w_i^2 / 2 - w.x} inside, {@code factor ||w||^2 / 2} outside. */
  private BilevelProblem problem(HypergradientEstimator estimator) {
    Expr c = Expr.constant(Array.fill(Shape.of(N), TinyGradientTest::curvature));
    return Bilevel.problem("bowl")
        .inner(Variables.of(w))
        .minimize(Objective.of("bowl", c.dot(w.squared()).times(0.5)).minus("slope", 1, w.dot(x)))
        .presolved()
        .outer(Variables.of(x))
        .minimize(Objective.of("size", w.times(factor).dot(w).times(0.5)))
        .steppedBy(Sgd.rate(1))
        .differentiatedBy(estimator);
  }

  /** {@code factor w / c}. */
  private static double[] exact(double factor) {
    double[] exact = new double[N];
    for (int i = 0; i < N; i++) {
      exact[i] = factor * (1 + 0.3 * i) / curvature(i);
    }
    return exact;
  }

  private Feed factor(double value) {
    return Feed.of(factor, Array.scalar(value));
  }

  static List<Implicit> solvers() {
    return List.of(
        Implicit.by(ConjugateGradient.steps(N)),
        Implicit.by(ConjugateGradient.steps(N)).preconditionedBy(Jacobi.probes(2)),
        Implicit.by(ConjugateGradient.steps(N).safeguarded()),
        Implicit.by(Minres.steps(N)),
        Implicit.by(NormalEquations.steps(2 * N)),
        Implicit.by(BiCgStab.steps(2 * N)),
        Implicit.by(Gmres.restart(N).cycles(2)),
        Implicit.by(NeumannSeries.terms(60).stepSize(0.5).tolerance(1e-6)),
        Implicit.by(DirectSolver.cholesky()),
        Implicit.by(DirectSolver.lu()));
  }

  @ParameterizedTest
  @MethodSource("solvers")
  void areSolvedForAsAnyOther(Implicit estimator) {
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT32)) {
      BilevelSolver solver = BilevelSolver.of(problem(estimator), engine);
      for (double size : new double[] {1e-9, 1e-22, 1e-30}) {
        double[] hypergradient = solver.hypergradient(factor(size)).get("x").toDoubles();
        assertThat(hypergradient)
            .as("factor " + size)
            .containsExactly(exact(size), within(1e-5 * size));
      }
    }
  }

  @Test
  void inMicroBatchesToo() {
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT32)) {
      Implicit estimator = Implicit.by(ConjugateGradient.steps(N)).warmStarted(true);
      BilevelSolver solver = BilevelSolver.of(problem(estimator), MicroBatches.on(engine));
      engine.write(x, Array.fill(Shape.of(N), i -> 0));
      solver.step(Feed.microBatches(List.of(factor(1e-22), factor(1e-22))));
      assertThat(engine.read(x).toDoubles()).containsExactly(exact(-1e-22), within(1e-27));
    }
  }

  /** The last adjoint is about one: in units of 1e-30 its square would be infinite. */
  @Test
  void aGuessFarBeyondTheRightSide() {
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT32)) {
      Implicit estimator = Implicit.by(ConjugateGradient.steps(3 * N)).warmStarted(true);
      BilevelSolver solver = BilevelSolver.of(problem(estimator), engine);
      solver.step(factor(1));
      double[] hypergradient = solver.hypergradient(factor(1e-30)).get("x").toDoubles();
      assertThat(hypergradient).containsExactly(new double[N], within(1e-6));
    }
  }

  /** Division by a power of two changes no digit. */
  @ParameterizedTest
  @ValueSource(strings = {"FLOAT32", "FLOAT64"})
  void theUnitIsAPowerOfTwoOrOne(Precision precision) {
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), precision)) {
      double roundoff = UnitRoundoff.of(engine);
      Expr b = Expr.variable("b", Array.vector(0, 0, 0));
      Expr y = Expr.variable("y", Array.vector(0, 0));
      LinearSystem given =
          new LinearSystem(
              v -> v, vector(b, y.times(0)), Optional.of(vector(b.times(0), y)), r -> r);
      Program program =
          engine.compile(
              Step.named("unit").output("unit", NormalizedSystem.of(given, roundoff).unit()));
      double[] sizes = {
        0, 1, 0.1, 7, roundoff, 0.99 * roundoff, 1.01 / roundoff, 3e-18, 1e-37, 1e27
      };
      for (double size : sizes) {
        engine.write(ImmutableMap.of(b, Array.vector(size / 3, -size, 0), y, Array.vector(0, 0)));
        assertThat(unit(program)).as("size " + size).isEqualTo(expected(size, roundoff));
        engine.write(ImmutableMap.of(y, Array.vector(0.5 * size / roundoff, 0)));
        assertThat(unit(program)).as("small guess").isEqualTo(expected(size, roundoff));
        engine.write(ImmutableMap.of(y, Array.vector(4 * size / roundoff, 0)));
        assertThat(unit(program)).as("large guess").isEqualTo(expected(4 * size, roundoff));
      }
    }
  }

  private static double unit(Program program) {
    Results results = program.run();
    return results.scalar("unit");
  }

  private static double expected(double size, double roundoff) {
    boolean isFit = size == 0 || (size >= roundoff && size <= 1 / roundoff);
    return isFit ? 1 : Math.scalb(1.0, Math.getExponent(size));
  }

  private static Vector vector(Expr first, Expr second) {
    return Vector.of(ImmutableMap.of("first", first, "second", second));
  }
}
