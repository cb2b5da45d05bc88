package io.github.bilevel4j.solver.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
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
import io.github.bilevel4j.optimizer.Schedule;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.problem.Optimizer;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.estimator.FixedPoint;
import io.github.bilevel4j.solver.estimator.Implicit;
import io.github.bilevel4j.solver.estimator.Unrolled;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import io.github.bilevel4j.solver.linear.NeumannSeries;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DiagnosisTest {
  private static final int N = 12;

  private final Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64);
  private final Expr w = Expr.variable("w", Array.fill(Shape.of(N), i -> 0.5 + 0.1 * i));
  private final Expr x = Expr.variable("x", Array.fill(Shape.of(N), i -> Math.cos(i)));

  @AfterEach
  void close() {
    engine.close();
  }

  /**
   * {@code 1/2 sum of c_i w_i^2 - <w, x>} inside, with eigenvalues c from 1 to 10 and the minimum
   * {@code x / c}; {@code <w, w> / 2} outside, with the hypergradient {@code x / c^2}.
   */
  private BilevelProblem problem(
      int steps, Optimizer optimizer, HypergradientEstimator hypergradient) {
    Expr c = Expr.constant(Array.fill(w.shape(), DiagnosisTest::eigenvalue));
    Bilevel.NeedsInnerSolver inner =
        Bilevel.problem("bowl")
            .inner(Variables.of(w))
            .minimize(
                Objective.of("bowl", c.dot(w.squared()).times(0.5)).minus("slope", 1, w.dot(x)));
    return (steps == 0 ? inner.presolved() : inner.solvedBy(steps, optimizer))
        .outer(Variables.of(x))
        .minimize(Objective.of("size", w.squared().sum().times(0.5)))
        .steppedBy(Adam.rate(0.1))
        .differentiatedBy(hypergradient);
  }

  private static double eigenvalue(int i) {
    return 1 + 9.0 * i / (N - 1);
  }

  private double exactNorm() {
    double squares = 0;
    for (int i = 0; i < N; i++) {
      squares += Math.pow(Math.cos(i) / Math.pow(eigenvalue(i), 2), 2);
    }
    return Math.sqrt(squares);
  }

  private BilevelSolver solver(int steps, HypergradientEstimator hypergradient) {
    return BilevelSolver.of(problem(steps, Sgd.rate(0.1), hypergradient), engine);
  }

  @Test
  void aConvergedSolveIsFine() {
    Diagnosis diagnosis =
        solver(400, Implicit.by(ConjugateGradient.steps(20))).diagnose(Feed.none());
    assertThat(diagnosis.isFine()).isTrue();
    assertThat(diagnosis.hypergradientNorm()).hasValueCloseTo(exactNorm(), within(1e-9));
    Diagnosis.Linear linear = diagnosis.linear().orElseThrow();
    assertThat(linear.iterations()).isEqualTo(N);
    assertThat(linear.smallestEigenvalue()).hasValueCloseTo(1.0, within(1e-6));
    assertThat(linear.largestEigenvalue()).hasValueCloseTo(10.0, within(1e-6));
    assertThat(linear.condition()).hasValueCloseTo(10.0, within(1e-5));
    assertThat(linear.trueResidual().orElseThrow()).isLessThan(1e-10);
    assertThat(diagnosis.findings()).hasSize(1);
  }

  @Test
  void tooFewIterations() {
    Diagnosis diagnosis =
        solver(400, Implicit.by(ConjugateGradient.steps(3))).diagnose(Feed.none());
    Diagnosis.Errors errors = diagnosis.errors();
    assertThat(errors.truncation().orElseThrow()).isGreaterThan(0.01);
    assertThat(errors.inner().orElseThrow()).isLessThan(1e-9);
    assertThat(errors.total().orElseThrow())
        .isCloseTo(errors.truncation().orElseThrow(), within(1e-9));
    Diagnosis.Linear linear = diagnosis.linear().orElseThrow();
    assertThat(linear.residual().orElseThrow())
        .isCloseTo(linear.trueResidual().orElseThrow(), within(1e-12));
    assertThat(diagnosis.findings().get(1))
        .matches("The linear solver stops too early: about \\d more iterations would do\\.");
  }

  @Test
  void tooFewInnerSteps() {
    Diagnosis diagnosis = solver(2, Implicit.by(ConjugateGradient.steps(20))).diagnose(Feed.none());
    assertThat(diagnosis.errors().inner().orElseThrow()).isGreaterThan(0.1);
    assertThat(diagnosis.errors().truncation().orElseThrow()).isLessThan(1e-9);
    assertThat(diagnosis.inner().gradientNorm()).isLessThan(diagnosis.inner().startGradientNorm());
    assertThat(diagnosis.findings().get(1))
        .matches("The inner problem has not converged: about \\d+ more inner steps would do\\.");
  }

  @Test
  void theDistanceIsThatOfTheMinimum() {
    Diagnosis diagnosis = solver(0, Implicit.by(ConjugateGradient.steps(20))).diagnose(Feed.none());
    double distance = 0;
    double size = 0;
    for (int i = 0; i < N; i++) {
      distance += Math.pow(0.5 + 0.1 * i - Math.cos(i) / eigenvalue(i), 2);
      size += Math.pow(0.5 + 0.1 * i, 2);
    }
    assertThat(diagnosis.inner().distance())
        .hasValueCloseTo(Math.sqrt(distance / size), within(1e-3));
    assertThat(diagnosis.inner().rate()).isEmpty();
    assertThat(diagnosis.findings().get(1))
        .isEqualTo("The inner problem has not converged: it should be solved better before.");
  }

  @Test
  void aRateThatIsTooLarge() {
    Diagnosis diagnosis =
        BilevelSolver.of(
                problem(3, Sgd.rate(0.3), Implicit.by(ConjugateGradient.steps(20))), engine)
            .diagnose(Feed.none());
    assertThat(diagnosis.findings().get(1))
        .isEqualTo(
            "The inner problem has not converged: its gradient does not fall from step to step:"
                + " use a smaller rate.");
  }

  @Test
  void dampingIsNamed() {
    Diagnosis diagnosis =
        solver(400, Implicit.by(ConjugateGradient.steps(20)).damping(0.5)).diagnose(Feed.none());
    assertThat(diagnosis.linear().orElseThrow().smallestEigenvalue())
        .hasValueCloseTo(1.5, within(1e-6));
    assertThat(diagnosis.findings().get(1))
        .matches(
            "The damping is \\d+ % of the least curvature: its bias, which is not in the error"
                + " above, may be as large\\.");
  }

  @Test
  void theFixedPointHasNoHessian() {
    HypergradientEstimator few = FixedPoint.terms(5);
    Diagnosis diagnosis =
        BilevelSolver.of(problem(300, Sgd.rate(0.05).momentum(0.5), few), engine)
            .diagnose(Feed.none());
    double error = diagnosis.errors().total().orElseThrow();
    assertThat(diagnosis.errors().inner().orElseThrow()).isLessThan(1e-6);
    assertThat(error).isGreaterThan(0.1);
    assertThat(diagnosis.linear().orElseThrow().condition()).isEmpty();
  }

  @Test
  void aNeumannSeriesConvergesSlowly() {
    Diagnosis diagnosis =
        solver(400, Implicit.by(NeumannSeries.terms(4).stepSize(0.1))).diagnose(Feed.none());
    double norm = diagnosis.hypergradientNorm().orElseThrow();
    double estimated = diagnosis.errors().truncation().orElseThrow();
    double truth = 0;
    for (int i = 0; i < N; i++) {
      double c = eigenvalue(i);
      truth += Math.pow(Math.cos(i) / (c * c) * Math.pow(1 - 0.1 * c, 4), 2);
    }
    assertThat(norm).isLessThan(exactNorm());
    assertThat(estimated / (Math.sqrt(truth) / exactNorm())).isBetween(1 / 3.0, 3.0);
  }

  @Test
  void anUnrolledEstimateIsComparedWithAnImplicitOne() {
    Diagnosis few = solver(3, Unrolled.exact()).diagnose(Feed.none());
    assertThat(few.linear()).isEmpty();
    assertThat(few.errors().total().orElseThrow()).isGreaterThan(0.1);
    Diagnosis many = solver(150, Unrolled.exact()).diagnose(Feed.none());
    assertThat(many.errors().total().orElseThrow()).isLessThan(1e-5);
    assertThat(many.findings())
        .singleElement()
        .asString()
        .endsWith("of the implicit hypergradient at the inner minimum.");
  }

  @Test
  void aPointThatIsNoMinimum() {
    Expr y = Expr.variable("y", Array.vector(1, 2));
    Expr z = Expr.variable("z", Array.vector(0.5, 0.5));
    BilevelProblem problem =
        Bilevel.problem("ridge")
            .inner(Variables.of(y))
            .minimize(Objective.of("linear", y.dot(z)).minus("bowl", 1, y.squared().sum()))
            .solvedBy(1, Sgd.rate(0.1))
            .outer(Variables.of(z))
            .minimize(Objective.of("size", y.squared().sum()))
            .steppedBy(Adam.rate(0.1))
            .differentiatedBy(Implicit.by(ConjugateGradient.steps(5)));
    Diagnosis diagnosis = BilevelSolver.of(problem, engine).diagnose(Feed.none());
    assertThat(diagnosis.hypergradientNorm()).isEmpty();
    assertThat(diagnosis.errors().total()).isEmpty();
    assertThat(diagnosis.toString())
        .isEqualTo(
            """
            diagnosis of "ridge"
                hypergradient            implicit, conjugate gradient, at most 5 iterations, tolerance 1.0E-10
              inner problem
                gradient norm            4.57 after 1 step, 3.81 before
              linear system
                method                   conjugate gradient, at most 5 iterations, tolerance 1.0E-10
                iterations               0
                least curvature          -2.00
              error, relative to the hypergradient
                linear solve             unknown
                inner solution           unknown
                total                    unknown
              verdict
                conjugate gradient for "ridge": the inner Hessian has curvature -2.00 along direction 1.
                  damping  0.0
                Maybe damping above 2.0, a greater weight in near(...), more inner steps, or Minres.steps(...) would help.
            """);
    assertThat(engine.read(y)).isEqualTo(Array.vector(1, 2));
  }

  @Test
  void aPage() {
    assertThat(
            solver(20, Implicit.by(ConjugateGradient.steps(4)).damping(0.01))
                .diagnose(Feed.none())
                .toString())
        .isEqualTo(
            """
            diagnosis of "bowl"
                hypergradient            implicit, conjugate gradient, at most 4 iterations, tolerance 1.0E-10, damping 0.01
                norm                     0.947
              inner problem
                gradient norm            0.0618 after 20 steps, 29.6 before
                minimum at               5.6 % of the variables' norm
              linear system
                method                   conjugate gradient, at most 4 iterations, tolerance 1.0E-10
                iterations               4
                residual                 0.0772
                true residual            0.0772
                eigenvalues              1.01 to 9.29, damping 0.01 included
                condition number         9.20
                least curvature          1.67
              error, relative to the hypergradient
                linear solve             3.4 %
                inner solution           6.0 %
                total                    7.6 %
              verdict
                The hypergradient is about 7.6 % from the exact one.
                The inner problem has not converged: about 6 more inner steps would do.
                The linear solver stops too early: about 2 more iterations would do.
            """);
  }

  /** A step after a diagnosis is the step without one, and nothing is moved by the diagnosis. */
  @Test
  void theStateIsAsBefore() {
    List<HypergradientEstimator> estimators =
        List.of(
            Implicit.by(ConjugateGradient.steps(3)).warmStarted(true),
            Implicit.by(ConjugateGradient.steps(3)).warmStarted(true).errorEstimated(true),
            FixedPoint.terms(4),
            Unrolled.exact());
    for (HypergradientEstimator estimator : estimators) {
      assertThat(trajectory(estimator, true))
          .as(estimator.description())
          .isEqualTo(trajectory(estimator, false));
    }
  }

  private List<Array> trajectory(HypergradientEstimator estimator, boolean diagnosed) {
    List<Array> values = new ArrayList<>();
    try (Engine own = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      BilevelSolver solver =
          BilevelSolver.of(problem(3, Sgd.rate(0.05).momentum(0.9), estimator), own);
      for (int k = 0; k < 3; k++) {
        solver.step(Feed.none());
        if (diagnosed) {
          solver.diagnose(Feed.none());
        }
        values.add(own.read(w));
        values.add(own.read(x));
      }
    }
    return values;
  }

  @Test
  void anUnusedFeed() {
    BilevelSolver solver = solver(1, Implicit.by(ConjugateGradient.steps(3)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> solver.diagnose(Feed.of(Expr.input("images", 1), Array.vector(1))))
        .withMessage(
            """
            solve "bowl": the value fed to "images" is not used.
            Maybe it belongs to another problem.""");
  }

  @Test
  void theEstimateOfAStepIsThatOfTheDiagnosis() {
    Implicit estimator = Implicit.by(ConjugateGradient.steps(7));
    double truncation =
        solver(30, estimator).diagnose(Feed.none()).errors().truncation().orElseThrow();
    ImmutableMap<String, Double> report =
        BilevelSolver.of(problem(30, Sgd.rate(0.1), estimator.errorEstimated(true)), engine)
            .step(Feed.none());
    assertThat(report.get("error estimate") / truncation).isBetween(1 / 3.0, 3.0);
    assertThat(report.get("iterations")).isEqualTo(7);
  }

  @Test
  void estimatingTheErrorChangesNothing() {
    Implicit estimator = Implicit.by(ConjugateGradient.steps(3)).warmStarted(true);
    assertThat(trajectory(estimator.errorEstimated(true), false))
        .isEqualTo(trajectory(estimator, false));
  }

  /**
   * Residuals 0.3, 0.03, 0.003, 0.0003 in turn: each within its bound, with no iteration wasted.
   */
  @Test
  void aResidualThatFallsFromStepToStep() {
    BilevelSolver solver =
        solver(
            2,
            Implicit.by(ConjugateGradient.steps(50))
                .iterationsPerRun(1)
                .solvedTo(Schedule.exponential(0.3, 3e-4, 3)));
    List<Double> iterations = new ArrayList<>();
    for (int k = 0; k < 4; k++) {
      ImmutableMap<String, Double> report = solver.step(Feed.none());
      assertThat(report.get("residual")).isLessThan(0.3 * Math.pow(10, -k) * (1 + 1e-9));
      assertThat(report.get("residual")).isGreaterThan(0.03 * Math.pow(10, -k));
      iterations.add(report.get("iterations"));
    }
    assertThat(iterations).isSorted().doesNotHaveDuplicates();
  }

  @Test
  void estimatesDoNotGoOnFromASolvedSystem() {
    ImmutableMap<String, Double> report =
        BilevelSolver.of(
                problem(
                    2,
                    Sgd.rate(0.1),
                    Implicit.by(ConjugateGradient.steps(40).tolerance(0)).errorEstimated(true)),
                engine)
            .step(Feed.none());
    assertThat(report.get("error estimate")).isLessThan(1e-12);
  }
}
