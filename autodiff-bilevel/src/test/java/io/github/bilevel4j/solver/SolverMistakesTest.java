package io.github.bilevel4j.solver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.check.UsageError;
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
import io.github.bilevel4j.problem.SingleLevel;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.solver.diagnosis.Diagnosis;
import io.github.bilevel4j.solver.estimator.FiniteDifference;
import io.github.bilevel4j.solver.estimator.Implicit;
import io.github.bilevel4j.solver.estimator.Unrolled;
import io.github.bilevel4j.solver.linear.BreakdownException;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import io.github.bilevel4j.solver.linear.NeumannSeries;
import io.github.bilevel4j.solver.step.NotFiniteException;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a user reads whose problem cannot be solved as asked. */
class SolverMistakesTest {
  private static Engine engine;

  private final Expr w = Expr.variable("w", Array.vector(1, 2));
  private final Expr x = Expr.variable("x", Array.vector(0.5, 0.5));

  @BeforeAll
  static void open() {
    engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64);
  }

  @AfterAll
  static void close() {
    engine.close();
  }

  /** {@code curvature / 2 ||w||^2 + <w, x>} inside, {@code ||w||^2} outside. */
  private BilevelProblem problem(
      double curvature, Optimizer inner, HypergradientEstimator hypergradient) {
    Objective g = Objective.of("linear", w.dot(x));
    Expr squares = w.squared().sum();
    return Bilevel.problem("bowl")
        .inner(Variables.of(w))
        .minimize(
            curvature < 0
                ? g.minus("bowl", -curvature / 2, squares)
                : g.plus("bowl", curvature / 2, squares))
        .solvedBy(1, inner)
        .outer(Variables.of(x))
        .minimize(Objective.of("size", squares))
        .steppedBy(Adam.rate(0.1))
        .differentiatedBy(hypergradient);
  }

  @Test
  void negativeCurvatureStopsWithAdvice() {
    BilevelSolver solver =
        BilevelSolver.of(
            problem(-2, Sgd.rate(0.1), Implicit.by(ConjugateGradient.steps(5))), engine);
    assertThatIllegalStateException()
        .isThrownBy(() -> solver.step(Feed.none()))
        .withMessage(
            """
            conjugate gradient for "bowl": the inner Hessian has curvature -2.00 along direction 1.
              damping  0.0
            Maybe damping above 2.0, a greater weight in near(...), more inner steps, or Minres.steps(...) would help.""");
  }

  @Test
  void aNeumannSeriesWithTooLargeAStep() {
    BilevelSolver solver =
        BilevelSolver.of(
            problem(2, Sgd.rate(0.1), Implicit.by(NeumannSeries.terms(40).stepSize(3))), engine);
    assertThatExceptionOfType(BreakdownException.class)
        .isThrownBy(() -> solver.step(Feed.none()))
        .withMessage(
            """
            linear solve for "bowl": the residual is 2.44e+08 times the right side.
              method            Neumann series, 40 terms, step size 3.0
              after iterations  12
            Maybe the step size is too large for the operator's greatest eigenvalue, or the operator is not positive definite: try ConjugateGradient or Gmres.""")
        .satisfies(
            e -> {
              assertThat(e.iterations()).isEqualTo(12);
              assertThat(e.curvature()).isEmpty();
            });
    assertThat(engine.read(w)).isEqualTo(Array.vector(1, 2));
  }

  /** {@code (w_1 + w_2 - x_1 - x_2)^2} says nothing of {@code w_1 - w_2}. */
  @Test
  void aSingularHessian() {
    BilevelProblem problem =
        Bilevel.problem("valley")
            .inner(Variables.of(w))
            .minimize(Objective.of("valley", w.sum().minus(x.sum()).squared()))
            .presolved()
            .outer(Variables.of(x))
            .minimize(Objective.of("size", w.squared().sum()))
            .steppedBy(Adam.rate(0.1))
            .differentiatedBy(Implicit.by(ConjugateGradient.steps(5)));
    BilevelSolver solver = BilevelSolver.of(problem, engine);
    assertThatExceptionOfType(BreakdownException.class)
        .isThrownBy(() -> solver.step(Feed.none()))
        .satisfies(
            e ->
                assertThat(e.getMessage().replaceAll("[\\d.]+e\\+\\d+", "N"))
                    .isEqualTo(
                        """
                        linear solve for "valley": the residual is N times the right side.
                          method            conjugate gradient, at most 5 iterations, tolerance 1.0E-10
                          after iterations  2
                        Maybe the operator is singular or nearly so: damping, or a greater weight in near(...), would help."""));
  }

  @Test
  void aBreakdownTellsTheCurvature() {
    BilevelSolver solver =
        BilevelSolver.of(
            problem(-2, Sgd.rate(0.1), Implicit.by(ConjugateGradient.steps(5)).damping(1)), engine);
    assertThatExceptionOfType(BreakdownException.class)
        .isThrownBy(() -> solver.step(Feed.none()))
        .withMessage(
            """
            conjugate gradient for "bowl": the inner Hessian has curvature -2.00 along direction 1.
              damping  1.0
            Maybe damping above 2.0, a greater weight in near(...), more inner steps, or Minres.steps(...) would help.""")
        .satisfies(e -> assertThat(e.curvature()).hasValue(-2));
  }

  @Test
  void dampingMendsNegativeCurvature() {
    BilevelSolver solver =
        BilevelSolver.of(
            problem(-2, Sgd.rate(0.1), Implicit.by(ConjugateGradient.steps(5)).damping(3)), engine);
    assertThat(solver.step(Feed.none()).get("smallest curvature")).isCloseTo(1, within(1e-12));
  }

  /** After one step with a rate of 1e160 the outer variables are about that large. */
  private BilevelSolver runaway(Objective inner, HypergradientEstimator estimator) {
    engine.write(ImmutableMap.of(w, Array.vector(1, 2), x, Array.vector(0.5, 0.5)));
    BilevelProblem problem =
        Bilevel.problem("bowl")
            .inner(Variables.of(w))
            .minimize(inner)
            .solvedBy(2, Sgd.rate(0.1))
            .outer(Variables.of(x))
            .minimize(Objective.of("size", w.squared().sum()))
            .steppedBy(Sgd.rate(1e160))
            .differentiatedBy(estimator);
    BilevelSolver solver = BilevelSolver.of(problem, engine);
    solver.step(Feed.none());
    return solver;
  }

  private static final String RUNAWAY =
      """

        inner level  2 x SGD, rate 0.1  largest variable N
        outer level  SGD, rate 1.0E160  largest variable N
      Maybe the rate of the outer level is too high.""";

  private void refusesRunaway(BilevelSolver solver, Class<?> type, String first) {
    ImmutableMap<Expr, Array> before = engine.read(List.of(w, x));
    assertThatThrownBy(() -> solver.step(Feed.none()))
        .isInstanceOf(type)
        .satisfies(
            e ->
                assertThat(e.getMessage().replaceAll("variable [-+.e\\d]+", "variable N"))
                    .isEqualTo("step of \"bowl\": " + first + RUNAWAY));
    assertThat(engine.read(List.of(w, x))).isEqualTo(before);
  }

  @Test
  void variablesThatRunAwayUntilATermIsInfinite() {
    Objective inner = Objective.of("bowl", w.minus(x).squared().sum());
    refusesRunaway(
        runaway(inner, Unrolled.exact()),
        NotFiniteException.class,
        "outer step: \"inner/bowl\" is Infinity.");
    refusesRunaway(
        runaway(inner, Implicit.by(ConjugateGradient.steps(3))),
        NotFiniteException.class,
        "inner step 1: \"inner/bowl\" is Infinity.");
  }

  /** The outer variables are as they were; what is huge is where the inner step leads. */
  @Test
  void innerStepsThatRunAway() {
    engine.write(ImmutableMap.of(w, Array.vector(1, 2), x, Array.vector(0.5, 0.5)));
    BilevelProblem problem =
        Bilevel.problem("bowl")
            .inner(Variables.of(w))
            .minimize(Objective.of("bowl", w.minus(x).squared().sum()))
            .solvedBy(1, Sgd.rate(1e200))
            .outer(Variables.of(x))
            .minimize(Objective.of("size", w.squared().sum()))
            .steppedBy(Sgd.rate(0.1))
            .differentiatedBy(Unrolled.exact());
    ImmutableMap<Expr, Array> before = engine.read(List.of(w, x));
    assertThatThrownBy(() -> BilevelSolver.of(problem, engine).step(Feed.none()))
        .isInstanceOf(NotFiniteException.class)
        .hasMessage(
            """
            step of "bowl": outer step: "outer/size" is Infinity.
              inner level  1 x SGD, rate 1.0E200  largest variable 3.0e+200
              outer level  SGD, rate 0.1          largest variable 0.50
            Maybe the rate of the inner level is too high.""");
    assertThat(engine.read(List.of(w, x))).isEqualTo(before);
  }

  @Test
  void variablesOfOneLevelThatRunAway() {
    engine.write(ImmutableMap.of(w, Array.vector(1, 2)));
    SingleLevelSolver solver =
        SingleLevelSolver.of(
            SingleLevel.problem("bowl")
                .over(Variables.of(w))
                .minimize(Objective.of("bowl", w.squared().sum()))
                .steppedBy(Sgd.rate(1e160)),
            engine);
    solver.step(Feed.none());
    assertThatThrownBy(() -> solver.step(Feed.none()))
        .isInstanceOf(NotFiniteException.class)
        .hasMessage(
            """
            step of "bowl": "bowl" is Infinity.
              training  SGD, rate 1.0E160  largest variable 4.0e+160
            Maybe the rate of the training is too high.""");
  }

  @Test
  void variablesThatRunAwayUntilAMatrixCannotBeFactorized() {
    Expr gram = w.minus(x).reshape(2, 1).rowGram().plus(Expr.identity(2));
    Objective inner = Objective.of("volume", gram.logDeterminant());
    refusesRunaway(
        runaway(inner, Unrolled.exact()),
        UsageError.class,
        "run \"bowl/outer\": a matrix is not positive definite.");
  }

  /** The curvature {@code cos(w)} of the inner objective is what it happens to be far outside. */
  @Test
  void variablesThatRunAwayUntilALinearSolverBreaksDown() {
    Objective inner = Objective.of("waves", w.minus(x).cos().sum().negated());
    engine.write(ImmutableMap.of(w, Array.vector(1, 2), x, Array.vector(0.5, 1.5)));
    BilevelProblem problem =
        Bilevel.problem("bowl")
            .inner(Variables.of(w))
            .minimize(inner)
            .solvedBy(2, Sgd.rate(0.1))
            .outer(Variables.of(x))
            .minimize(Objective.of("size", w.squared().sum()))
            .steppedBy(Sgd.rate(1e12))
            .differentiatedBy(Implicit.by(ConjugateGradient.steps(3)));
    BilevelSolver solver = BilevelSolver.of(problem, engine);
    assertThatThrownBy(
            () -> {
              for (int k = 0; k < 20; k++) {
                solver.step(Feed.none());
              }
            })
        .isInstanceOf(BreakdownException.class)
        .hasMessageStartingWith(
            "step of \"bowl\": conjugate gradient for \"bowl\": the inner Hessian has curvature -")
        .hasMessageEndingWith("Maybe the rate of the outer level is too high.")
        .satisfies(e -> assertThat(((BreakdownException) e).curvature()).isPresent());
  }

  /** One iteration tells of one eigenvalue only: nothing of how far they are apart. */
  @Test
  void theConditionNumberAfterOneIteration() {
    Diagnosis.Linear linear =
        BilevelSolver.of(problem(2, Sgd.rate(0.5), Implicit.by(ConjugateGradient.steps(5))), engine)
            .diagnose(Feed.none())
            .linear()
            .orElseThrow();
    assertThat(linear.iterations()).isEqualTo(1);
    assertThat(linear.condition()).isEmpty();
    assertThat(linear.smallestEigenvalue()).isEmpty();
    assertThat(linear.largestEigenvalue()).hasValueCloseTo(2.0, within(1e-12));
  }

  @Test
  void reportOfAStep() {
    BilevelSolver solver =
        BilevelSolver.of(
            problem(2, Sgd.rate(0.5), Implicit.by(ConjugateGradient.steps(5))), engine);
    ImmutableMap<String, Double> report = solver.step(Feed.none());
    assertThat(report.keySet())
        .containsExactly(
            "inner/linear",
            "inner/bowl",
            "inner gradient norm",
            "iterations",
            "residual",
            "smallest curvature",
            "largest eigenvalue",
            "outer/size",
            "hypergradient norm");
    assertThat(report.get("iterations")).isEqualTo(1);
    assertThat(report.get("largest eigenvalue")).isCloseTo(2, within(1e-12));
    assertThat(report.get("inner gradient norm")).isZero();
  }

  @Test
  void unusedFeed() {
    BilevelSolver solver = BilevelSolver.of(problem(2, Sgd.rate(0.5), Unrolled.exact()), engine);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> solver.step(Feed.of(Expr.input("images", 1), Array.vector(1))))
        .withMessage(
            """
            solve "bowl": the value fed to "images" is not used.
            Maybe it belongs to another problem.""");
  }

  @Test
  void finiteDifferenceOfManySteps() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> problem(2, Sgd.rate(0.5).momentum(0.9), FiniteDifference.radius(0.01)))
        .withMessage(
            """
            finite difference: the inner problem is not solved by one step of plain gradient descent.
              inner solver  1 x SGD, rate 0.5, momentum 0.9
            Maybe solvedBy(1, Sgd.rate(...)) or Unrolled.exact() was meant.""");
  }

  @Test
  void aScheduledResidualThatStopsNoSolve() {
    Implicit implicit = Implicit.by(ConjugateGradient.steps(3));
    for (double residual : new double[] {1, 1.5, -0.1, Double.NaN}) {
      String message =
          String.format(
              Locale.ROOT,
              """
              implicit differentiation: the scheduled residual must be in [0, 1), got %s.""",
              residual);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> implicit.solvedTo(Schedule.constant(residual)))
          .withMessage(message);
      Implicit later =
          implicit.solvedTo(Schedule.constant(0.5).then(1, Schedule.constant(residual)));
      BilevelSolver solver = BilevelSolver.of(problem(2, Sgd.rate(0.1), later), engine);
      solver.step(Feed.none());
      Array before = engine.read(w);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> solver.step(Feed.none()))
          .withMessage(message);
      assertThat(engine.read(w)).isEqualTo(before);
    }
    implicit.solvedTo(Schedule.constant(0));
  }

  @Test
  void settings() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Implicit.by(ConjugateGradient.steps(0)))
        .withMessage(
            """
            conjugate gradient: the number of iterations must be 1 or more, got 0.""");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Implicit.by(ConjugateGradient.steps(3)).damping(-1))
        .withMessage(
            """
            implicit differentiation: the damping must be zero or more, got -1.0.""");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FiniteDifference.radius(0))
        .withMessage(
            """
            finite difference: the radius must be positive, got 0.0.""");
  }
}
