package io.github.bilevel4j.solver.linear;

import static org.assertj.core.api.Assertions.assertThat;
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
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.solver.step.internal.UnitRoundoff;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * All methods on singular, indefinite and ill-conditioned systems: one policy, and true residuals.
 */
class ResidualCheckTest {
  /**
   * What a method makes of a system: it is solved, its residual is what it is, or it is refused.
   */
  private enum Outcome {
    SOLVED,
    TRUNCATED,
    REFUSED
  }

  private static final int N = 20;

  /** Enough iterations for each to come as far as it can. */
  static Stream<LinearSolver> methods() {
    return Stream.of(
        ConjugateGradient.steps(100),
        ConjugateGradient.steps(100).safeguarded(),
        Minres.steps(100),
        NormalEquations.steps(100),
        Gmres.restart(N),
        Gmres.restart(5).cycles(40),
        BiCgStab.steps(100),
        NeumannSeries.terms(200).stepSize(0.3),
        new Silent(NeumannSeries.terms(200).stepSize(0.3)),
        DirectSolver.cholesky(),
        DirectSolver.lu(),
        Automatic.symmetric(),
        Automatic.symmetric().denseUpTo(0),
        Automatic.general().denseUpTo(0));
  }

  /** A user's own method, which tells no residual. */
  private record Silent(LinearSolver method) implements LinearSolver {
    @Override
    public Iterate start(LinearSystem system) {
      return new Iterate(method.start(system).vectors(), ImmutableMap.of());
    }

    @Override
    public Iterate next(LinearSystem system, Iterate now) {
      return new Iterate(method.next(system, now).vectors(), ImmutableMap.of());
    }

    @Override
    public int iterationsFor(long dimension) {
      return method.iterationsFor(dimension);
    }

    @Override
    public String description() {
      return "own " + method.description();
    }
  }

  /**
   * A solve by itself: what came of it, the residual reported, the true one, and what rounding of
   * matrix and product may change in it.
   */
  private record Solve(
      Outcome outcome, String message, double reported, double truth, double rounding) {
    static Solve of(LinearSolver method, TestSystem system, Precision precision) {
      try (Engine own = TensorFlowEngine.open(Device.cpu(), precision)) {
        Expr matrix = Expr.constant(system.matrixArray());
        Vector b = Vector.of(ImmutableMap.of("x", Expr.constant(TestSystem.array(system.right()))));
        LinearOperator operator = v -> v.map(c -> matrix.matmul(c.unsqueezed(-1)).reshape(-1));
        LinearSolve solve =
            LinearSolve.of("s", SolveReport.Operator.HESSIAN, method, operator, b, own);
        Program begin = solve.begin(Step.named("begin"));
        SolveReport report;
        try {
          report = solve.run(begin.run(), Feed.none());
        } catch (BreakdownException refused) {
          return new Solve(Outcome.REFUSED, refused.getMessage(), Double.NaN, Double.NaN, 0);
        }
        double[] x =
            own.compile(Step.named("x").outputs(solve.solution().components()))
                .run()
                .get("x")
                .toDoubles();
        double[] image = system.times(x);
        double squares = 0;
        double all = 0;
        double length = 0;
        for (int i = 0; i < x.length; i++) {
          squares += Math.pow(system.right()[i] - image[i], 2);
          all += Math.pow(system.right()[i], 2);
          length += x[i] * x[i];
        }
        double reported = report.measurements().get("residual");
        return new Solve(
            reported < 0.01 ? Outcome.SOLVED : Outcome.TRUNCATED,
            "",
            reported,
            Math.sqrt(squares / all),
            3 * UnitRoundoff.of(own) * (1 + 3 * Math.sqrt(length / all)));
      }
    }

    /** What is reported is true. */
    Solve assertTrue() {
      assertThat(reported).isCloseTo(truth, within(rounding + 1e-3 * truth));
      return this;
    }
  }

  /** Eigenvalues from 1 to 3 and zero. */
  private static TestSystem singularSystem(boolean consistent) {
    TestSystem system = TestSystem.symmetric(5, N, i -> i == 7 ? 0 : 1 + 2.0 * i / N);
    return consistent
        ? new TestSystem(system.matrix(), system.times(TestSystem.definite(6, N).right()))
        : system;
  }

  private static final String REFUSAL =
      "(?s)[^\n]+ for \"s\": (the inner Hessian is singular along direction \\d+"
          + "|the residual is [0-9.e+]+ times the right side( and falls no further)?)\\.\n"
          + "  [^\n]*(\n  after iterations  \\d+)?\n"
          + "Maybe (the operator is singular or nearly so: )?damping, or a greater weight in"
          + " near\\(\\.\\.\\.\\), (or Precision\\.FLOAT64, )?would help\\.";

  @ParameterizedTest
  @MethodSource("methods")
  void aSingularSystemWithASolutionIsSolved(LinearSolver method) {
    for (Precision precision : List.of(Precision.FLOAT64, Precision.FLOAT32)) {
      Solve solve = Solve.of(method, singularSystem(true), precision);
      assertThat(solve.outcome()).as(precision + ": " + solve.message()).isEqualTo(Outcome.SOLVED);
      solve.assertTrue();
    }
  }

  @ParameterizedTest
  @MethodSource("methods")
  void aSingularSystemWithoutASolutionIsRefused(LinearSolver method) {
    for (Precision precision : List.of(Precision.FLOAT64, Precision.FLOAT32)) {
      Solve solve = Solve.of(method, singularSystem(false), precision);
      assertThat(solve.outcome()).as(precision + ": " + solve).isEqualTo(Outcome.REFUSED);
      assertThat(solve.message()).matches(REFUSAL);
    }
  }

  @ParameterizedTest
  @MethodSource("methods")
  void theZeroOperatorIsRefused(LinearSolver method) {
    TestSystem zero = new TestSystem(new double[N][N], singularSystem(false).right());
    Solve solve = Solve.of(method, zero, Precision.FLOAT64);
    assertThat(solve.outcome()).as(solve.toString()).isEqualTo(Outcome.REFUSED);
    assertThat(solve.message()).matches(REFUSAL);
  }

  /** Methods for definite operators stop at the first sign; the others solve. */
  @ParameterizedTest
  @MethodSource("methods")
  void anIndefiniteSystemIsSolvedOrRefused(LinearSolver method) {
    boolean definiteOnly =
        method.description().matches("conjugate gradient, at most 100.*|.*Neumann.*|.*Cholesky.*");
    for (Precision precision : List.of(Precision.FLOAT64, Precision.FLOAT32)) {
      Solve solve = Solve.of(method, TestSystem.indefinite(5, N), precision);
      assertThat(solve.outcome())
          .as(precision + ": " + solve)
          .isEqualTo(definiteOnly ? Outcome.REFUSED : Outcome.SOLVED);
      if (!definiteOnly) {
        solve.assertTrue();
      }
    }
  }

  /** Whatever a method reaches in single precision: what it tells of it is true. */
  @ParameterizedTest
  @MethodSource("methods")
  void residualsOfIllConditionedSystemsAreTrue(LinearSolver method) {
    for (double condition : new double[] {1e3, 1e4, 1e5, 1e6}) {
      TestSystem system = TestSystem.symmetric(5, N, i -> 2 * Math.pow(condition, -i / (N - 1.0)));
      Solve solve = Solve.of(method, system, Precision.FLOAT32);
      if (solve.outcome() == Outcome.REFUSED) {
        assertThat(condition).as(solve.message()).isGreaterThanOrEqualTo(1e5);
        assertThat(solve.message()).matches(REFUSAL);
      } else {
        solve.assertTrue();
      }
    }
  }

  /** From condition 1e5 the directions are too long for single precision. */
  @Test
  void minresThatComesToRestIsRefused() {
    double[][] diagonal = new double[N][N];
    double[] right = new double[N];
    for (int i = 0; i < N; i++) {
      diagonal[i][i] = Math.pow(1e5, -i / (N - 1.0));
      right[i] = 1;
    }
    TestSystem system = new TestSystem(diagonal, right);
    Solve minres = Solve.of(Minres.steps(200), system, Precision.FLOAT32);
    assertThat(minres.message()).matches(REFUSAL).contains("or Precision.FLOAT64, would help.");
    for (LinearSolver other : List.of(ConjugateGradient.steps(200), Gmres.restart(50))) {
      assertThat(Solve.of(other, system, Precision.FLOAT32).assertTrue().reported())
          .isLessThan(1e-4);
    }
    assertThat(Solve.of(Minres.steps(200), system, Precision.FLOAT64).assertTrue().reported())
        .isLessThan(1e-4);
  }

  /** A number of iterations that is too small is a choice. */
  @Test
  void aTruncatedSolveIsNotRefused() {
    TestSystem system = TestSystem.symmetric(5, N, i -> 2 * Math.pow(1e5, -i / (N - 1.0)));
    for (LinearSolver method :
        List.of(
            ConjugateGradient.steps(1),
            ConjugateGradient.steps(3),
            ConjugateGradient.steps(10),
            ConjugateGradient.steps(10).safeguarded(),
            Minres.steps(3),
            Minres.steps(10),
            NormalEquations.steps(10),
            Gmres.restart(2).cycles(3),
            BiCgStab.steps(5),
            NeumannSeries.terms(3).stepSize(0.3),
            NeumannSeries.terms(10).stepSize(1e-3),
            new Silent(NeumannSeries.terms(10).stepSize(1e-3)),
            Nystrom.rank(5).damping(0.1))) {
      for (Precision precision : List.of(Precision.FLOAT64, Precision.FLOAT32)) {
        Solve solve = Solve.of(method, system, precision);
        assertThat(solve.outcome())
            .as(precision + " " + method.description() + ": " + solve)
            .isEqualTo(Outcome.TRUNCATED);
        solve.assertTrue();
      }
    }
  }
}
