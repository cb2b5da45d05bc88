package io.github.bilevel4j.solver.linear;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.solver.linear.Iterations.Outcome;
import java.util.List;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Each method on random systems of dimension 6. */
class LinearMethodProperties {
  private static final int D = 6;
  private static final double DAMPING = 0.7;

  /** Methods that are exact after the given number of iterations but for rounding. */
  private static final ImmutableMap<LinearSolver, Integer> EXACT_ON_DEFINITE =
      ImmutableMap.<LinearSolver, Integer>builder()
          .put(ConjugateGradient.steps(D), D)
          .put(ConjugateGradient.steps(D).safeguarded(), D)
          .put(Minres.steps(D), D)
          .put(NormalEquations.steps(D), D)
          .put(Gmres.restart(D), 1)
          .put(BiCgStab.steps(D), D)
          .put(DirectSolver.cholesky(), D)
          .put(DirectSolver.lu(), D)
          .put(Automatic.symmetric(), D)
          .put(Gmres.restart(3).cycles(8), 8)
          .put(NeumannSeries.terms(40).stepSize(0.5), 40)
          .put(new Richardson(0.5, 40), 40)
          .buildOrThrow();

  private static final List<Iterations> ON_DEFINITE =
      EXACT_ON_DEFINITE.entrySet().stream()
          .map(e -> new Iterations(e.getKey(), e.getValue(), D))
          .toList();

  private static final List<Iterations> DAMPED =
      EXACT_ON_DEFINITE.entrySet().stream()
          .filter(e -> e.getValue() <= D)
          .map(e -> new Iterations(e.getKey(), e.getValue(), D, DAMPING, Optional.empty()))
          .toList();

  private static final Iterations MINRES = new Iterations(Minres.steps(D), D, D);
  private static final Iterations LONG_MINRES = new Iterations(Minres.steps(4 * D), 4 * D, D);

  /** The columns alone: the decomposition itself fails if the matrix is singular. */
  private static final Iterations LU_COLUMNS =
      new Iterations(new ColumnsOf(DirectSolver.lu()), D, D);

  private static final Iterations NORMAL = new Iterations(NormalEquations.steps(D), D, D);
  private static final Iterations GMRES = new Iterations(Gmres.restart(D), 1, D);
  private static final Iterations SHORT_GMRES = new Iterations(Gmres.restart(2), 5, D);
  private static final Iterations RESTARTED = new Iterations(Gmres.restart(D), 4, D);
  private static final Iterations BICGSTAB = new Iterations(BiCgStab.steps(2 * D), 2 * D, D);
  private static final Iterations LU = new Iterations(DirectSolver.lu(), D, D);
  private static final Iterations CHOLESKY = new Iterations(DirectSolver.cholesky(), D, D);
  private static final Iterations GENERAL = new Iterations(Automatic.general(), D, D);
  private static final Iterations SAFEGUARDED =
      new Iterations(ConjugateGradient.steps(3 * D).safeguarded(), 3 * D, D);
  private static final Iterations PLAIN = new Iterations(ConjugateGradient.steps(D), 3 * D, D);
  private static final Iterations NYSTROM = new Iterations(Nystrom.rank(D).damping(DAMPING), D, D);

  /** A method that is never asked for its solution. */
  private record ColumnsOf(DirectSolver method) implements LinearSolver {
    @Override
    public Iterate start(LinearSystem system) {
      return method.start(system);
    }

    @Override
    public Iterate next(LinearSystem system, Iterate now) {
      return method.next(system, now);
    }

    @Override
    public Vector solution(LinearSystem system, Iterate last) {
      return system.right();
    }

    @Override
    public int iterationsFor(long dimension) {
      return method.iterationsFor(dimension);
    }

    @Override
    public String description() {
      return method.description();
    }
  }

  /** Richardson's iteration, as a user would write it. */
  private record Richardson(double size, int iterations) implements LinearSolver {
    @Override
    public Iterate start(LinearSystem system) {
      return Iterate.at(system.start()).with("residual", system.startingResidual());
    }

    @Override
    public Iterate next(LinearSystem system, Iterate now) {
      Vector r = now.vector("residual");
      return Iterate.at(now.solution().plus(r.times(size)))
          .with("residual", r.minus(system.times(r).times(size)));
    }

    @Override
    public int iterationsFor(long dimension) {
      return iterations;
    }

    @Override
    public String description() {
      return "Richardson";
    }
  }

  private static void assertClose(double[] actual, double[] expected, double tolerance) {
    double scale = DoubleStream.of(expected).map(Math::abs).max().orElseThrow();
    assertThat(actual).containsExactly(expected, within(tolerance * Math.max(scale, 1e-300)));
  }

  @Property(seed = "1", tries = 8)
  void allMethodsAgreeOnDefiniteSystems(@ForAll long seed) {
    TestSystem system = TestSystem.definite(seed, D);
    ON_DEFINITE.forEach(
        method -> assertClose(method.on(system).solution(), system.solution(), 1e-9));
  }

  @Property(seed = "2", tries = 4)
  void dampingIsAddedToTheDiagonal(@ForAll long seed) {
    TestSystem system = TestSystem.definite(seed, D);
    double[] expected = system.plusDiagonal(DAMPING).solution();
    DAMPED.forEach(method -> assertClose(method.on(system).solution(), expected, 1e-9));
  }

  @Property(seed = "3", tries = 8)
  void indefiniteSystems(@ForAll long seed) {
    TestSystem system = TestSystem.indefinite(seed, D);
    for (Iterations method : List.of(MINRES, NORMAL, GMRES, LU, SAFEGUARDED)) {
      assertClose(method.on(system).solution(), system.solution(), 1e-8);
    }
  }

  @Property(seed = "4", tries = 8)
  void systemsThatAreNotSymmetric(@ForAll long seed) {
    TestSystem system = TestSystem.skewed(seed, D);
    for (Iterations method : List.of(NORMAL, GMRES, BICGSTAB, LU, GENERAL)) {
      assertClose(method.on(system).solution(), system.solution(), 1e-8);
    }
  }

  /** The residual that is measured is that of the solution, and never grows. */
  @Property(seed = "5", tries = 8)
  void residualsOfMinimalMethodsFall(@ForAll long seed) {
    assertFalls(MINRES.on(TestSystem.indefinite(seed, D)));
    assertFalls(NORMAL.on(TestSystem.skewed(seed, D)));
    assertFalls(SHORT_GMRES.on(TestSystem.skewed(seed, D)));
    assertFalls(SHORT_GMRES.on(TestSystem.indefinite(seed, D)));
  }

  private static void assertFalls(Outcome outcome) {
    List<Double> measured = outcome.residuals(false);
    List<Double> anew = outcome.residuals(true);
    double rounding = 1e-11 * measured.get(0);
    for (int k = 0; k < measured.size(); k++) {
      assertThat(measured.get(k)).isCloseTo(anew.get(k), within(rounding));
      assertThat(measured.get(k)).isLessThanOrEqualTo(measured.get(Math.max(0, k - 1)) + rounding);
    }
  }

  /** One cycle of GMRES and as many iterations of MINRES give the same residual. */
  @Property(seed = "6", tries = 8)
  void gmresEqualsMinresOnSymmetricSystems(@ForAll long seed) {
    TestSystem system = TestSystem.indefinite(seed, D);
    double gmres = SHORT_GMRES.on(system).residuals(false).get(1);
    assertThat(MINRES.on(system).residuals(false).get(2)).isCloseTo(gmres, within(1e-10));
  }

  @Property(seed = "7", tries = 4)
  void theSolutionAsGuessLeavesNothingToDo(@ForAll long seed) {
    TestSystem system = TestSystem.definite(seed, D);
    for (Iterations method : List.of(PLAIN, SAFEGUARDED, MINRES, NORMAL, GMRES, BICGSTAB)) {
      Outcome outcome = method.on(system, system.solution());
      assertThat(outcome.residuals(false).get(0)).isLessThan(1e-13);
      assertClose(outcome.solution(), system.solution(), 1e-12);
    }
  }

  @Property(seed = "8", tries = 4)
  void anyGuessLeadsToTheSolution(@ForAll long seed) {
    TestSystem system = TestSystem.definite(seed, D);
    double[] guess = TestSystem.definite(~seed, D).right();
    for (Iterations method : List.of(PLAIN, SAFEGUARDED, MINRES, NORMAL, GMRES, BICGSTAB)) {
      assertClose(method.on(system, guess).solution(), system.solution(), 1e-9);
    }
  }

  @Property(seed = "9", tries = 4)
  void aRightSideOfZeroGivesZero(@ForAll long seed) {
    TestSystem system = TestSystem.definite(seed, D).withoutRight();
    for (Iterations method :
        List.of(
            PLAIN,
            SAFEGUARDED,
            MINRES,
            NORMAL,
            GMRES,
            SHORT_GMRES,
            BICGSTAB,
            LU,
            CHOLESKY,
            NYSTROM)) {
      assertThat(method.on(system).solution()).containsOnly(0);
    }
  }

  /** The Krylov space has dimension two; further iterations change nothing. */
  @Property(seed = "10", tries = 4)
  void anExhaustedSpaceIsNoTrouble(@ForAll long seed) {
    TestSystem system = TestSystem.symmetric(seed, D, i -> i < 3 ? 1 : 4);
    for (Iterations method :
        List.of(PLAIN, SAFEGUARDED, MINRES, NORMAL, GMRES, SHORT_GMRES, BICGSTAB)) {
      assertClose(method.on(system).solution(), system.solution(), 1e-10);
    }
  }

  /** A rotation by a right angle: {@code r.A r = 0}, where many methods divide by zero. */
  @Property(seed = "11", tries = 4)
  void rotations(@ForAll long seed) {
    double[][] rotation = new double[D][D];
    for (int i = 0; i < D; i += 2) {
      rotation[i][i + 1] = -1 - i;
      rotation[i + 1][i] = 1 + i;
    }
    TestSystem system = new TestSystem(rotation, TestSystem.definite(seed, D).right());
    for (Iterations method : List.of(NORMAL, GMRES, LU)) {
      assertClose(method.on(system).solution(), system.solution(), 1e-9);
    }
    assertThat(DoubleStream.of(BICGSTAB.on(system).solution())).allMatch(Double::isFinite);
    assertFalls(SHORT_GMRES.on(system));
  }

  @Property(seed = "12", tries = 4)
  void theZeroOperatorLeavesTheGuess(@ForAll long seed) {
    double[] right = TestSystem.definite(seed, D).right();
    TestSystem system = new TestSystem(new double[D][D], right);
    for (Iterations method :
        List.of(PLAIN, SAFEGUARDED, MINRES, NORMAL, GMRES, SHORT_GMRES, BICGSTAB)) {
      assertThat(method.on(system).solution()).containsOnly(0);
    }
    double[] scaled = DoubleStream.of(right).map(x -> x / DAMPING).toArray();
    assertClose(NYSTROM.on(system).solution(), scaled, 1e-12);
  }

  @Property(seed = "13", tries = 8)
  void curvatureTellsOfIndefiniteness(@ForAll long seed) {
    TestSystem system = TestSystem.indefinite(seed, D);
    Outcome minres = MINRES.on(system);
    assertThat(minres.measured().subList(1, D + 1))
        .anyMatch(m -> m.get(Iterate.CURVATURE) < 0)
        .allMatch(m -> Math.abs(m.get(Iterate.CURVATURE)) <= 3 + 1e-9);
    assertThat(CHOLESKY.on(system).measured().subList(1, D + 1))
        .anyMatch(m -> m.get(Iterate.CURVATURE) < 0);
    assertThat(SAFEGUARDED.on(system).last(Iterate.FALLBACK)).isEqualTo(1);
  }

  /** The smallest curvature that the factor meets lies between the eigenvalues, 1 and 3. */
  @Property(seed = "14", tries = 8)
  void curvatureOfDefiniteSystems(@ForAll long seed) {
    TestSystem system = TestSystem.definite(seed, D);
    for (Iterations method : List.of(CHOLESKY, MINRES, LU)) {
      assertThat(method.on(system).measured().subList(1, D))
          .allMatch(m -> m.get(Iterate.CURVATURE) > 1 - 1e-9)
          .allMatch(m -> m.get(Iterate.CURVATURE) < 3 + 1e-9);
    }
  }

  /** Without negative curvature the safeguard changes nothing. */
  @Property(seed = "15", tries = 8)
  void theSafeguardLeavesDefiniteSystemsAlone(@ForAll long seed) {
    TestSystem system = TestSystem.definite(seed, D);
    Outcome guarded = SAFEGUARDED.on(system);
    List<Double> plain = PLAIN.on(system).residuals(false).subList(0, D);
    assertThat(guarded.residuals(false).subList(0, D)).isEqualTo(plain);
    assertThat(guarded.measured().get(D - 1).get(Iterate.FALLBACK)).isZero();
  }

  @Property(seed = "16", tries = 8)
  void nystromOfFullRankIsTheDampedInverse(@ForAll long seed) {
    TestSystem system = TestSystem.definite(seed, D);
    assertClose(NYSTROM.on(system).solution(), system.plusDiagonal(DAMPING).solution(), 1e-6);
  }

  /** MINRES tells the same of the operator as conjugate gradients: both are Lanczos processes. */
  @Property(seed = "17", tries = 8)
  void minresMeetsTheCurvaturesOfConjugateGradients(@ForAll long seed) {
    TestSystem system = TestSystem.definite(seed, D);
    Outcome minres = MINRES.on(system);
    Outcome plain = PLAIN.on(system);
    for (int k = 1; k < D; k++) {
      for (String name :
          List.of(Iterate.CURVATURE, ConjugateGradient.ALPHA, ConjugateGradient.BETA)) {
        assertThat(minres.measured().get(k).get(name))
            .isCloseTo(plain.measured().get(k).get(name), within(1e-9));
      }
    }
  }

  /** Eigenvalues of both signs and one of zero, in directions of no coordinate. */
  private static TestSystem singular(long seed) {
    return TestSystem.symmetric(seed, D, i -> i == 2 ? 0 : (i % 2 == 0 ? 1 : -1) * (1 + 0.4 * i));
  }

  /**
   * The solution for a right side {@code A y} differs from y by a direction that A maps to zero.
   */
  @Property(seed = "19", tries = 20)
  void minresSolvesSingularConsistentSystems(@ForAll long seed) {
    TestSystem system = singular(seed);
    double[] y = TestSystem.definite(~seed, D).right();
    TestSystem consistent = new TestSystem(system.matrix(), system.times(y));
    Outcome outcome = LONG_MINRES.on(consistent);
    assertFalls(outcome);
    assertClose(consistent.times(outcome.solution()), consistent.right(), 1e-9);
    // From zero the iterates stay orthogonal to that direction: the solution is the shortest one.
    assertThat(norm(outcome.solution())).isLessThanOrEqualTo(norm(y) * (1 + 1e-9));
  }

  /** No solution exists; the residual {@code A x - b} that is left has no part in A's range. */
  @Property(seed = "20", tries = 20)
  void minresStaysBoundedOnSingularInconsistentSystems(@ForAll long seed) {
    TestSystem system = singular(seed);
    Outcome outcome = LONG_MINRES.on(system);
    assertFalls(outcome);
    double[] image = system.times(outcome.solution());
    double[] left = new double[D];
    for (int i = 0; i < D; i++) {
      left[i] = system.right()[i] - image[i];
    }
    assertThat(norm(system.times(left))).isLessThan(1e-7 * norm(system.right()));
    assertThat(norm(outcome.solution())).isLessThan(1e7 * norm(system.right()));
  }

  private static double norm(double[] v) {
    return Math.sqrt(DoubleStream.of(v).map(x -> x * x).sum());
  }

  /** The column at which the direction of curvature zero is complete is found, and no other. */
  @Property(seed = "21", tries = 20)
  void luFindsSingularSystems(@ForAll long seed) {
    assertThat(singularColumns(singular(seed))).containsExactly(D);
    for (TestSystem sound :
        List.of(
            TestSystem.definite(seed, D),
            TestSystem.indefinite(seed, D),
            TestSystem.skewed(seed, D),
            TestSystem.symmetric(seed, D, i -> Math.pow(10, -2.6 * i)))) {
      assertThat(singularColumns(sound)).isEmpty();
    }
  }

  private static List<Integer> singularColumns(TestSystem system) {
    List<ImmutableMap<String, Double>> measured = LU_COLUMNS.on(system).measured();
    return IntStream.rangeClosed(1, D)
        .filter(k -> measured.get(k).get(Iterate.SINGULAR) != 0)
        .boxed()
        .toList();
  }

  /** Columns of very different lengths are no reason to call a matrix singular. */
  @Property(seed = "22", tries = 4)
  void luIsNotMisledByScales(@ForAll long seed) {
    TestSystem system = TestSystem.skewed(seed, D);
    double[][] scaled = new double[D][D];
    for (int i = 0; i < D; i++) {
      for (int j = 0; j < D; j++) {
        scaled[i][j] = system.matrix()[i][j] * Math.pow(10, -5 * j);
      }
    }
    assertThat(singularColumns(new TestSystem(scaled, system.right()))).isEmpty();
  }

  /** With a condition number of a million the measured residual is still that of the solution. */
  @Property(seed = "18", tries = 8)
  void restartsMendRounding(@ForAll long seed) {
    TestSystem system = TestSystem.symmetric(seed, D, i -> Math.pow(10, -1.2 * i));
    Outcome outcome = RESTARTED.on(system);
    List<Double> measured = outcome.residuals(false);
    double rounding = 1e-9 * measured.get(0);
    assertThat(measured.get(4)).isLessThan(rounding);
    for (int k = 0; k <= 4; k++) {
      assertThat(measured.get(k))
          .isCloseTo(outcome.residuals(true).get(k), within(1e-3 * rounding));
    }
    assertClose(outcome.solution(), system.solution(), 1e-5);
  }
}
