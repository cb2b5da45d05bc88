package io.github.bilevel4j.solver.linear;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.optimizer.Schedule;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.diagnosis.Verification;
import io.github.bilevel4j.solver.estimator.F2sa;
import io.github.bilevel4j.solver.estimator.FixedPoint;
import io.github.bilevel4j.solver.estimator.Implicit;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When a solve ends, where it begins, and what it then tells. */
class LinearSolveTest {
  private final Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64);
  private final Expr w = Expr.variable("w", Array.vector(1, 2));
  private final Expr x = Expr.variable("x", Array.vector(1, 1));
  private final Expr target = Expr.input("target");

  @AfterEach
  void close() {
    engine.close();
  }

  /** {@code w = x / (1, 2)} inside, {@code 100 ||w - target||^2} outside. */
  private Bilevel.NeedsInnerSolver bowl() {
    Expr curvatures = Expr.constant(Array.vector(1, 2));
    return Bilevel.problem("bowl")
        .inner(Variables.of(w))
        .minimize(
            Objective.of("bowl", curvatures.dot(w.squared()).times(0.5))
                .minus("slope", 1, w.dot(x)));
  }

  private BilevelSolver solver(
      Bilevel.NeedsOuterVariables inner, HypergradientEstimator estimator) {
    BilevelProblem problem =
        inner
            .outer(Variables.of(x))
            .minimize(Objective.of("size", w.minus(target).squared().sum().times(100)))
            .steppedBy(Sgd.rate(0.01))
            .differentiatedBy(estimator);
    return BilevelSolver.of(problem, engine);
  }

  /** {@code w_1^2 / 2 - w.x}: flat along the second variable. */
  private Bilevel.NeedsInnerSolver valley() {
    Expr curvatures = Expr.constant(Array.vector(1, 0));
    return Bilevel.problem("valley")
        .inner(Variables.of(w))
        .minimize(
            Objective.of("valley", curvatures.dot(w.squared()).times(0.5))
                .minus("slope", 1, w.dot(x)));
  }

  private BilevelSolver singular(LinearSolver method) {
    return solver(valley().presolved(), Implicit.by(method));
  }

  @Test
  void aRunOfAllIterationsTellsTheTrueResidual() {
    Feed feed = target(target, 0);
    for (LinearSolver method :
        List.of(
            ConjugateGradient.steps(2),
            ConjugateGradient.steps(1).tolerance(0),
            Minres.steps(2),
            Gmres.restart(2).cycles(1))) {
      ImmutableMap<String, Double> one = residual(method, 1, feed);
      ImmutableMap<String, Double> all = residual(method, 2, feed);
      assertThat(all.get("iterations")).isEqualTo(one.get("iterations"));
      assertThat(all.get("residual")).isCloseTo(one.get("residual"), within(1e-13));
    }
  }

  private ImmutableMap<String, Double> residual(LinearSolver method, int perRun, Feed feed) {
    return solver(bowl().presolved(), Implicit.by(method).iterationsPerRun(perRun)).step(feed);
  }

  /** The right side is an eigenvector: the first iteration leaves a residual of exactly zero. */
  @Test
  void restsWhereAllIsSolvedInTheMiddleOfARun() {
    Vector right = Vector.of(ImmutableMap.of("r", Expr.constant(Array.vector(3, 0))));
    Expr scales = Expr.constant(Array.vector(4, 1));
    LinearSolve solve =
        new LinearSolve(
            new SolveReport.Context("whole", SolveReport.Operator.HESSIAN, 0),
            ConjugateGradient.steps(5).tolerance(0),
            LinearSystem.of(v -> v.map(scales::times), right),
            OptionalInt.of(5),
            engine);
    SolveReport report = solve.run(solve.begin(Step.named("begin")).run(), Feed.none());
    assertThat(report.iterations()).isEqualTo(1);
    assertThat(report.share()).isZero();
    Expr solution = solve.solution().get("r");
    assertThat(engine.compile(Step.named("x").output("x", solution)).run().get("x").toDoubles())
        .containsExactly(0.75, 0);
  }

  @Test
  void theResidualOfARunIsThatOfItsSolution() {
    Vector right = Vector.of(ImmutableMap.of("r", Expr.constant(Array.vector(1, 2, 3))));
    Expr scales = Expr.constant(Array.vector(1, 4, 9));
    LinearOperator operator = v -> v.map(scales::times);
    LinearSolve solve =
        new LinearSolve(
            new SolveReport.Context("whole", SolveReport.Operator.HESSIAN, 0),
            ConjugateGradient.steps(2),
            LinearSystem.of(operator, right),
            OptionalInt.of(2),
            engine);
    Program begin = solve.begin(Step.named("begin"));
    assertThat(solve.stages().stream().mapToInt(stage -> stage.runs())).containsExactly(1, 0);
    SolveReport report = solve.run(begin.run(), Feed.none());
    Expr rest = right.minus(operator.times(solve.solution())).squaredNorm();
    double squared = engine.compile(Step.named("rest").output("rest", rest)).run().scalar("rest");
    assertThat(report.iterations()).isEqualTo(2);
    assertThat(report.share()).isCloseTo(Math.sqrt(squared / 14), within(1e-14)).isPositive();
  }

  @Test
  void aSkippedIterationIsNotComputed() {
    Expr matrix = Expr.variable("matrix", Array.fill(Shape.of(1, 1), i -> -1));
    Vector factor = Vector.of(ImmutableMap.of("x", matrix.cholesky()));
    Iterate next = Iterate.at(factor).measuring("m", matrix.cholesky().reshape(Shape.scalar()));
    Iterate now = Iterate.at(Vector.of(ImmutableMap.of("x", matrix)));
    Iterate skipped = next.onlyIf(Expr.variable("no", Array.scalar(0)), now);
    Step step =
        Step.named("skipped")
            .output("x", skipped.solution().get("x"))
            .output("m", skipped.measured().get("m"));
    assertThat(engine.compile(step).run().get("x").at(0)).isEqualTo(-1);
    assertThat(engine.compile(step).run().scalar("m")).isZero();
    Step made =
        Step.named("made").output("x", next.onlyIf(Expr.constant(1), now).solution().get("x"));
    assertThatIllegalArgumentException().isThrownBy(() -> engine.compile(made).run());
  }

  @Test
  void aSingularHessianStopsTheCholeskyDecomposition() {
    assertThatIllegalStateException()
        .isThrownBy(() -> singular(DirectSolver.cholesky()).step(target(target, 0)))
        .withMessage(
            """
            dense Cholesky for "valley": the inner Hessian is singular along direction 2.
              damping  0.0
            Maybe damping, or a greater weight in near(...), would help.""");
  }

  @Test
  void aSingularHessianStopsTheLuDecomposition() {
    String message =
        """
        dense LU for "valley": the inner Hessian is singular along direction 2.
          damping  0.0
        Maybe damping, or a greater weight in near(...), would help.""";
    for (LinearSolver method : List.of(DirectSolver.lu(), Automatic.symmetric())) {
      BilevelSolver solver = singular(method);
      assertThatIllegalStateException()
          .isThrownBy(() -> solver.step(target(target, 0)))
          .withMessage(message);
      assertThatIllegalStateException()
          .isThrownBy(() -> solver.hypergradient(target(target, 0)))
          .withMessage(message);
    }
    assertThat(singular(DirectSolver.lu()).diagnose(target(target, 0)).findings())
        .containsExactly(message);
  }

  /** Of a flat direction the step makes nothing: {@code dP/dz} has the eigenvalue one. */
  @Test
  void aFixedPointThatIsNotAlone() {
    BilevelSolver solver =
        solver(valley().solvedBy(1, Sgd.rate(0.1)), FixedPoint.by(DirectSolver.lu()));
    assertThatIllegalStateException()
        .isThrownBy(() -> solver.step(target(target, 0)))
        .withMessage(
            """
            dense LU for "valley": the fixed point's operator I - dP/dz is singular along direction 2.
            Maybe a greater weight in near(...), or FixedPoint.terms(...), would help.""");
  }

  @Test
  void theReferenceOfASingularHessian() {
    Verification verification = singular(ScaledIdentity.scale(1)).verify(target(target, 0));
    assertThat(verification.reference()).isEqualTo("none");
    assertThat(verification.findings())
        .containsExactly(
            """
            dense LU for "valley/exact": the inner Hessian is singular along direction 2.
              damping  0.0
            Maybe damping, or a greater weight in near(...), would help.""");
  }

  /** {@code b = (200, 400)}: no v makes the residual smaller than {@code (0, 400)}. */
  @Test
  void aSingularInconsistentSystemStopsMinres() {
    BilevelSolver solver = singular(Minres.steps(20));
    Array before = engine.read(x);
    assertThatExceptionOfType(BreakdownException.class)
        .isThrownBy(() -> solver.step(target(target, 0)))
        .withMessage(
            """
            linear solve for "valley": the residual is 0.894 times the right side and falls no further.
              method            MINRES, at most 20 iterations, tolerance 1.0E-10
              after iterations  20
            Maybe the operator is singular or nearly so: damping, or a greater weight in near(...), would help.""");
    assertThat(engine.read(x)).isEqualTo(before);
  }

  /** {@code ||w||^2 3 / 2 - x.w} at w = 0, the square written with a norm. */
  @Test
  void theHessianOfASquaredNormAtZero() {
    Expr y = Expr.variable("y", Array.vector(0, 0));
    Expr z = Expr.variable("z", Array.scalar(0));
    for (Expr square : List.of(y.norm().squared(), y.squared().sum())) {
      BilevelProblem problem =
          Bilevel.problem("norm")
              .inner(Variables.of(y))
              .minimize(
                  Objective.of("square", square)
                      .plus("half", 0.5, y.squared().sum())
                      .minus("slope", 1, y.sum().times(z)))
              .presolved()
              .outer(Variables.of(z))
              .minimize(Objective.of("sum", y.sum()))
              .steppedBy(Sgd.rate(0.1))
              .differentiatedBy(Implicit.by(ConjugateGradient.steps(5)));
      double got =
          BilevelSolver.of(problem, engine).hypergradient(Feed.none()).get("z").scalarValue();
      assertThat(got).isCloseTo(2.0 / 3, within(1e-12));
    }
  }

  private static Feed target(Expr input, double value) {
    return Feed.of(input, Array.scalar(value));
  }

  /** The right side is long, but that says nothing of a residual that is not told. */
  @Test
  void aScheduleDoesNotStopAMethodThatTellsNoResidual() {
    for (LinearSolver method :
        List.of(
            DirectSolver.lu(),
            DirectSolver.cholesky(),
            Nystrom.rank(2).damping(0.1),
            ScaledIdentity.scale(1))) {
      Implicit plain = Implicit.by(method);
      Array expected = solver(bowl().presolved(), plain).hypergradient(target(target, 0)).get("x");
      BilevelSolver scheduled = solver(bowl().presolved(), plain.solvedTo(Schedule.constant(0.1)));
      assertThat(scheduled.hypergradient(target(target, 0)).get("x"))
          .as(method.description())
          .isEqualTo(expected);
    }
  }

  /** Where the right side is zero the residual is told relative to the first one. */
  @Test
  void theResidualOfAWarmStartWhereTheSolutionIsZero() {
    engine.write(w, Array.vector(0, 0));
    BilevelSolver solver =
        solver(
            bowl().presolved(),
            Implicit.by(NeumannSeries.terms(2).stepSize(0.5)).warmStarted(true));
    solver.step(target(target, 1));
    ImmutableMap<String, Double> report = solver.step(target(target, 0));
    // v = -100 (1 + 0.5, 1): the residual of its first element is a quarter after two terms.
    assertThat(report.get("residual")).isCloseTo(0.25 * 1.5 / Math.hypot(1.5, 2), within(1e-12));
  }

  /** The last step made has the last rate of its schedule; the next one would have none. */
  @Test
  void theFixedPointOfAScheduleThatHasEnded() {
    Vector zero = Vector.of(ImmutableMap.of("w", Expr.constant(Array.vector(0, 0))));
    BilevelSolver solver =
        solver(
            bowl().startingAt(zero).solvedBy(100, Sgd.rate(Schedule.cosine(0.5, 0, 100))),
            FixedPoint.by(Gmres.restart(2)));
    double[] hypergradient = solver.hypergradient(target(target, 0)).get("x").toDoubles();
    assertThat(hypergradient[0]).isCloseTo(200, within(1e-4));
    assertThat(hypergradient[1]).isCloseTo(50, within(1e-4));
  }

  /** Both sequences of F2SA begin where the user has put the inner variables. */
  @Test
  void penalizedVariablesBeginWithTheInnerOnes() {
    F2sa estimator = F2sa.multiplier(100);
    engine.write(w, Array.vector(5, 6));
    BilevelSolver solver = solver(bowl().solvedBy(1, Sgd.rate(0.1)), estimator);
    Vector there = Vector.of(ImmutableMap.of("w", Expr.constant(Array.vector(5, 6))));
    BilevelSolver started = solver(bowl().startingAt(there).solvedBy(1, Sgd.rate(0.1)), estimator);
    Feed feed = target(target, 0);
    assertThat(solver.hypergradient(feed)).isEqualTo(started.hypergradient(feed));
    // y is its own from then on.
    assertThat(solver.hypergradient(feed)).isNotEqualTo(started.hypergradient(feed));
  }
}
