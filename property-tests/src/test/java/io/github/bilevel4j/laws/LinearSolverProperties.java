package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.evaluation.Rows;
import io.github.bilevel4j.laws.QuadraticProblem.Data;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.estimator.FixedPoint;
import io.github.bilevel4j.solver.estimator.Implicit;
import io.github.bilevel4j.solver.linear.Automatic;
import io.github.bilevel4j.solver.linear.BiCgStab;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import io.github.bilevel4j.solver.linear.DirectSolver;
import io.github.bilevel4j.solver.linear.Gmres;
import io.github.bilevel4j.solver.linear.Jacobi;
import io.github.bilevel4j.solver.linear.LinearSolver;
import io.github.bilevel4j.solver.linear.Minres;
import io.github.bilevel4j.solver.linear.NeumannSeries;
import io.github.bilevel4j.solver.linear.NormalEquations;
import io.github.bilevel4j.solver.linear.Nystrom;
import io.github.bilevel4j.solver.linear.ScaledIdentity;
import java.util.Map;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** All linear solvers on quadratic problems, several iterations in a run or one. */
class LinearSolverProperties {
  private static final int MANY = 60;
  private static final int D = QuadraticProblem.INNER;

  /** A problem and its solver on an engine of their own: compiling on a full one takes longer. */
  private record Solved(QuadraticProblem problem, BilevelSolver solver) {
    Array hypergradient(Data data) {
      return problem.hypergradient(solver, data);
    }

    Map<String, Double> report(Data data) {
      return problem.report(solver, data);
    }
  }

  private static Solved solver(HypergradientEstimator estimator) {
    QuadraticProblem problem = new QuadraticProblem();
    return new Solved(problem, problem.solver(MANY, estimator));
  }

  private static final ImmutableList<Solved> EXACT =
      ImmutableList.of(
          solver(Implicit.by(DirectSolver.cholesky())),
          solver(Implicit.by(DirectSolver.lu()).iterationsPerRun(2)),
          solver(Implicit.by(Minres.steps(20))),
          solver(Implicit.by(NormalEquations.steps(20)).iterationsPerRun(3)),
          solver(Implicit.by(Gmres.restart(3).cycles(20))),
          solver(Implicit.by(BiCgStab.steps(20)).preconditionedBy(Jacobi.probes(2))),
          solver(Implicit.by(ConjugateGradient.steps(20)).preconditionedBy(Jacobi.probes(4))),
          solver(Implicit.auto()),
          solver(Implicit.by(Automatic.symmetric().denseUpTo(0).tolerance(1e-10))),
          solver(FixedPoint.auto()),
          solver(FixedPoint.by(Gmres.restart(D))),
          solver(FixedPoint.by(BiCgStab.steps(20))),
          solver(FixedPoint.by(NormalEquations.steps(20))));

  /** Tolerances that are reached in the middle of a run of four iterations. */
  private static final ImmutableList<LinearSolver> STOPPING =
      ImmutableList.of(
          ConjugateGradient.steps(8).tolerance(0.05),
          ConjugateGradient.steps(8).tolerance(0.05).safeguarded(),
          Minres.steps(8).tolerance(0.05),
          NormalEquations.steps(8).tolerance(0.05),
          BiCgStab.steps(8).tolerance(0.05),
          Gmres.restart(1).cycles(8).tolerance(0.05),
          NeumannSeries.terms(8).stepSize(0.4).tolerance(0.05),
          Nystrom.rank(3).damping(0.5));

  private static final ImmutableMap<LinearSolver, Solved> ONE_A_RUN =
      Maps.toMap(STOPPING, method -> solver(Implicit.by(method)));

  private static final ImmutableMap<LinearSolver, Solved> FOUR_A_RUN =
      Maps.toMap(STOPPING, method -> solver(Implicit.by(method).iterationsPerRun(4)));

  private static final Solved IDENTITY = solver(Implicit.by(ScaledIdentity.scale(0.4)));
  private static final Solved ONE_TERM = solver(Implicit.by(NeumannSeries.terms(1).stepSize(0.4)));
  private static final Solved CHOLESKY = solver(Implicit.by(DirectSolver.cholesky()));
  private static final Solved MINRES = solver(Implicit.by(Minres.steps(20)));
  private static final Solved SAFEGUARDED =
      solver(Implicit.by(ConjugateGradient.steps(30).safeguarded()).iterationsPerRun(4));
  private static final Solved WARM =
      solver(Implicit.by(Minres.steps(20).tolerance(1e-9)).warmStarted(true));

  private static Data draw(long seed) {
    return Data.draw(Draws.seed(seed));
  }

  @Property(seed = "110", tries = 5)
  void allSolversAreExact(@ForAll long seed) {
    Data data = draw(seed);
    Array expected = QuadraticProblem.closedForm(data);
    EXACT.forEach(solver -> assertClose(solver.hypergradient(data), expected, 1e-8));
  }

  @Property(seed = "111", tries = 5)
  void severalIterationsInARunEqualOne(@ForAll long seed) {
    Data data = draw(seed);
    for (LinearSolver method : STOPPING) {
      Solved one = ONE_A_RUN.get(method);
      Solved four = FOUR_A_RUN.get(method);
      assertClose(four.hypergradient(data), one.hypergradient(data), 1e-12);
      Map<String, Double> report = one.report(data);
      assertThat(four.report(data).get("iterations"))
          .as(method.description())
          .isEqualTo(report.get("iterations"));
      if (method.tolerance() > 0) {
        assertThat(report.get("residual")).isLessThan(0.05);
      }
    }
  }

  @Property(seed = "112", tries = 5)
  void theIdentityIsTheFirstTermOfTheSeries(@ForAll long seed) {
    Data data = draw(seed);
    assertClose(IDENTITY.hypergradient(data), ONE_TERM.hypergradient(data));
    assertThat(IDENTITY.report(data)).doesNotContainKey("residual");
  }

  /** The outer point does not move the quadratic's adjoint system in so small a step. */
  @Property(seed = "113", tries = 5)
  void aWarmStartAtTheSolutionNeedsNoIteration(@ForAll long seed) {
    Data data = draw(seed);
    WARM.report(data);
    assertThat(WARM.report(data).get("iterations")).isZero();
  }

  @Property(seed = "114", tries = 5)
  void indefiniteProblems(@ForAll long seed) {
    Data data = indefinite(seed);
    Map<String, Double> minres = MINRES.report(data);
    Map<String, Double> safeguarded = SAFEGUARDED.report(data);
    assertThat(minres.get("smallest curvature")).isNegative();
    assertThat(minres).doesNotContainKey("fallback");
    assertThat(minres.get("residual")).isLessThan(1e-8);
    assertThat(safeguarded.get("smallest curvature")).isNegative();
    assertThat(safeguarded.get("fallback")).isEqualTo(1);
    assertThat(safeguarded.get("residual")).isLessThan(1e-8);
  }

  /** With eigenvalues 3, -2, 1, 2 and -1 of the inner Hessian. */
  private static Data indefinite(long seed) {
    Array q = Draws.seed(seed).orthogonal(D);
    Array a = Rows.times(Rows.transposed(q), Rows.scaled(q, Array.vector(3, -2, 1, 2, -1)));
    Data data = draw(seed);
    return new Data(
        ImmutableMap.<String, Array>builder().putAll(data.arrays()).put("A", a).buildKeepingLast(),
        data.x());
  }

  @Example
  void choleskyStopsAtNegativeCurvature() {
    Data data = Data.draw(Draws.seed(1)).plusDiagonal(-6);
    assertThatIllegalStateException()
        .isThrownBy(() -> CHOLESKY.hypergradient(data))
        .withMessageMatching(
            """
            dense Cholesky for "quadratic": the inner Hessian has curvature -[0-9.]+ along direction 1\\.
              damping  0\\.0
            Maybe damping above [0-9.]+, a greater weight in near\\(\\.\\.\\.\\), more inner steps, or DirectSolver\\.lu\\(\\) would help\\.""");
  }

  @Example
  void methodsForSymmetricOperatorsAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FixedPoint.by(DirectSolver.cholesky()))
        .withMessage(
            """
            fixed point: the operator is not symmetric, which the linear solver needs.
              solver  dense Cholesky
            Maybe Gmres, BiCgStab or NeumannSeries was meant, or Implicit.by(...).""");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> solver(Implicit.by(DirectSolver.lu().limit(4))))
        .withMessage(
            """
            dense solve: dimension 5 is above the limit 4.
              method  dense LU
              matrix  25.0 elements
            Maybe ConjugateGradient.steps(...) was meant, or limit(5) if the matrix fits in memory.""");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Implicit.by(Minres.steps(3)).preconditionedBy(Jacobi.probes(1)))
        .withMessage(
            """
            implicit differentiation: the linear solver does not use a preconditioner.
              solver          MINRES, at most 3 iterations, tolerance 1.0E-10
              preconditioner  Jacobi, 1 probe
            Maybe Implicit.by(ConjugateGradient.steps(...)) was meant.""");
  }
}
