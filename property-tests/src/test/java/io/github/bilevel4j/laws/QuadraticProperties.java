package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.laws.QuadraticProblem.Data;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.estimator.FiniteDifference;
import io.github.bilevel4j.solver.estimator.Implicit;
import io.github.bilevel4j.solver.estimator.Unrolled;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Estimators on quadratic problems, where everything is known in closed form. */
class QuadraticProperties {
  /** Steps of gradient descent after which only rounding is left: at least halved by each. */
  private static final int MANY = 60;

  private static final double DAMPING = 0.7;

  private static final QuadraticProblem PROBLEM = new QuadraticProblem();
  private static final BilevelSolver EXACT =
      PROBLEM.solver(
          MANY, Implicit.by(ConjugateGradient.steps(QuadraticProblem.INNER).tolerance(0)));
  private static final BilevelSolver TRUNCATED =
      PROBLEM.solver(MANY, Implicit.by(ConjugateGradient.steps(2).tolerance(0)));
  private static final BilevelSolver DAMPED =
      PROBLEM.solver(1, Implicit.by(ConjugateGradient.steps(3).tolerance(0)).damping(DAMPING));
  private static final BilevelSolver UNDAMPED =
      PROBLEM.solver(1, Implicit.by(ConjugateGradient.steps(3).tolerance(0)));
  private static final BilevelSolver UNROLLED = PROBLEM.solver(MANY, Unrolled.exact());
  private static final BilevelSolver ONE_STEP = PROBLEM.solver(1, Unrolled.exact());
  private static final BilevelSolver DIFFERENCE = PROBLEM.solver(1, FiniteDifference.radius(0.01));

  private static Data draw(long seed) {
    return Data.draw(Draws.seed(seed));
  }

  @Property(seed = "80", tries = 20)
  void conjugateGradientsAreExactAfterAsManyStepsAsDimensions(@ForAll long seed) {
    Data data = draw(seed);
    assertClose(PROBLEM.hypergradient(EXACT, data), QuadraticProblem.closedForm(data), 1e-10);
    assertThat(PROBLEM.report(EXACT, data).get("residual")).isLessThan(1e-12);
  }

  /** The curvature met along the way lies between the eigenvalues, which are in [1, 3]. */
  @Property(seed = "81", tries = 20)
  void reportedCurvatureIsAmongTheEigenvalues(@ForAll long seed) {
    assertThat(PROBLEM.report(TRUNCATED, draw(seed)).get("smallest curvature"))
        .isBetween(1 - 1e-12, 3 + 1e-12);
  }

  /** The residual reported after fewer steps is that of the system: it is not zero. */
  @Property(seed = "82", tries = 20)
  void residualTellsOfTruncation(@ForAll long seed) {
    assertThat(PROBLEM.report(TRUNCATED, draw(seed)).get("residual")).isBetween(1e-6, 1.0);
    assertThat(PROBLEM.report(TRUNCATED, draw(seed)).get("iterations")).isEqualTo(2);
  }

  /**
   * Only the system is damped: after one inner step from zero, {@code y = -(C'x + a) / 2} whatever
   * A is, so that adding the damping to A instead gives the same.
   */
  @Property(seed = "83", tries = 20)
  void dampingIsAddedToTheDiagonal(@ForAll long seed) {
    Data data = draw(seed);
    assertClose(
        PROBLEM.hypergradient(DAMPED, data),
        PROBLEM.hypergradient(UNDAMPED, data.plusDiagonal(DAMPING)));
  }

  @Property(seed = "84", tries = 20)
  void unrollingManyStepsTendsToTheImplicitDerivative(@ForAll long seed) {
    Data data = draw(seed);
    assertClose(PROBLEM.hypergradient(UNROLLED, data), PROBLEM.hypergradient(EXACT, data), 1e-10);
  }

  /** The central difference of a quadratic function has no error but rounding. */
  @Property(seed = "85", tries = 20)
  void finiteDifferencesAreExactOnQuadraticProblems(@ForAll long seed) {
    Data data = draw(seed);
    assertClose(
        PROBLEM.hypergradient(DIFFERENCE, data), PROBLEM.hypergradient(ONE_STEP, data), 1e-9);
  }
}
