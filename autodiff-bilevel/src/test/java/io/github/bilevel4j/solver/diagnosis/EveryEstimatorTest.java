package io.github.bilevel4j.solver.diagnosis;

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
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.estimator.F2sa;
import io.github.bilevel4j.solver.estimator.FiniteDifference;
import io.github.bilevel4j.solver.estimator.FixedPoint;
import io.github.bilevel4j.solver.estimator.ForwardMode;
import io.github.bilevel4j.solver.estimator.Implicit;
import io.github.bilevel4j.solver.estimator.Soba;
import io.github.bilevel4j.solver.estimator.Unrolled;
import io.github.bilevel4j.solver.linear.BiCgStab;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import io.github.bilevel4j.solver.linear.DirectSolver;
import io.github.bilevel4j.solver.linear.Gmres;
import io.github.bilevel4j.solver.linear.Jacobi;
import io.github.bilevel4j.solver.linear.Minres;
import io.github.bilevel4j.solver.linear.NeumannSeries;
import io.github.bilevel4j.solver.linear.ScaledIdentity;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Diagnosis, verification and explanation of every estimator: they are exact where the estimator
 * is, and leave a step what it would have been without them.
 */
class EveryEstimatorTest {
  private static final int N = 5;

  private final Expr w = Expr.variable("w", Array.fill(Shape.of(N), i -> 0.5 + 0.1 * i));
  private final Expr x = Expr.variable("x", Array.fill(Shape.of(N), i -> Math.cos(i)));

  /** An estimator, the inner steps before it, and whether it is exact after many of these. */
  record Setting(HypergradientEstimator estimator, int steps, boolean exact) {
    @Override
    public String toString() {
      return estimator.description();
    }
  }

  static Stream<Setting> settings() {
    return Stream.of(
        new Setting(
            Implicit.by(ConjugateGradient.steps(10))
                .preconditionedBy(Jacobi.probes(4))
                .iterationsPerRun(4),
            150,
            true),
        new Setting(Implicit.by(DirectSolver.cholesky()), 150, true),
        new Setting(FixedPoint.by(Gmres.restart(10).cycles(3)), 150, true),
        new Setting(Unrolled.exact().checkpointed(3), 60, true),
        new Setting(ForwardMode.exact(), 60, true),
        new Setting(FiniteDifference.radius(0.01), 1, true),
        new Setting(Implicit.by(ScaledIdentity.scale(1)), 150, false),
        new Setting(Soba.rate(0.1), 1, false),
        new Setting(F2sa.multiplier(10), 5, false));
  }

  static Stream<HypergradientEstimator> truncated() {
    return Stream.of(
        Implicit.by(Minres.steps(2)),
        Implicit.by(Gmres.restart(2).cycles(1)),
        Implicit.by(BiCgStab.steps(1)),
        Implicit.by(NeumannSeries.terms(4).stepSize(0.15)),
        Implicit.by(DirectSolver.lu()));
  }

  private BilevelProblem problem(Setting setting) {
    Expr c = Expr.constant(Array.fill(w.shape(), i -> 1 + 4.0 * i / (N - 1)));
    Objective inner =
        Objective.of("bowl", c.dot(w.squared()).times(0.5))
            .plus("bend", w.softplus().sum())
            .minus("slope", 1, w.dot(x));
    return Bilevel.problem("bowl")
        .inner(Variables.of(w))
        .minimize(inner)
        .solvedBy(setting.steps(), Sgd.rate(0.15))
        .outer(Variables.of(x))
        .minimize(Objective.of("size", w.squared().sum().times(0.5)))
        .steppedBy(Adam.rate(0.1))
        .differentiatedBy(setting.estimator());
  }

  @ParameterizedTest
  @MethodSource("settings")
  void isExamined(Setting setting) {
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      BilevelSolver solver = BilevelSolver.of(problem(setting), engine);
      solver.step(Feed.none());
      ImmutableMap<Expr, Array> before = engine.read(List.of(w, x));
      Diagnosis diagnosis = solver.diagnose(Feed.none());
      Verification verification = solver.verify(Feed.none());
      Explanation explanation = solver.explain();
      assertThat(engine.read(List.of(w, x))).isEqualTo(before);
      solver.step(Feed.none());

      assertThat(explanation.totalGradients()).isGreaterThan(1);
      assertThat(explanation.toString()).contains(setting.estimator().description());
      assertThat(diagnosis.toString()).contains(setting.estimator().description());
      assertThat(verification.isRight()).as(verification.toString()).isEqualTo(setting.exact());
      if (setting.exact() && setting.steps() > 1) {
        assertThat(diagnosis.isFine()).as(diagnosis.toString()).isTrue();
      }
      ImmutableMap<Expr, Array> after = engine.read(List.of(w, x));
      assertThat(after).isEqualTo(withoutExamination(setting));
    }
  }

  private ImmutableMap<Expr, Array> withoutExamination(Setting setting) {
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      BilevelSolver solver = BilevelSolver.of(problem(setting), engine);
      solver.step(Feed.none());
      solver.step(Feed.none());
      return engine.read(List.of(w, x));
    }
  }

  @ParameterizedTest
  @MethodSource("truncated")
  void isDiagnosedAsItErrs(HypergradientEstimator estimator) {
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      BilevelSolver solver = BilevelSolver.of(problem(new Setting(estimator, 4, false)), engine);
      Diagnosis diagnosis = solver.diagnose(Feed.none());
      HostVector h = HostVector.of(solver.hypergradient(Feed.none()));
      Setting converged = new Setting(Implicit.by(DirectSolver.lu()), 400, true);
      HostVector exact =
          HostVector.of(BilevelSolver.of(problem(converged), engine).hypergradient(Feed.none()));
      assertThat(diagnosis.errors().total().orElseThrow() / h.relativeTo(exact))
          .as(diagnosis.toString())
          .isCloseTo(1, within(0.5));
    }
  }
}
