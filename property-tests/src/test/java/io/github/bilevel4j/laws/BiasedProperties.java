package io.github.bilevel4j.laws;

import static io.github.bilevel4j.laws.Closeness.assertClose;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.bilevel4j.evaluation.Draws;
import io.github.bilevel4j.evaluation.Evaluation;
import io.github.bilevel4j.evaluation.Rows;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.laws.QuadraticProblem.Data;
import io.github.bilevel4j.optimizer.Schedule;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.estimator.F2sa;
import io.github.bilevel4j.solver.estimator.FiniteDifference;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * Estimators without second derivatives on quadratic problems: what they compute instead of the
 * hypergradient is known in closed form.
 */
class BiasedProperties {
  private static final int MANY = 80;
  private static final double STEP = 0.4;

  private static final QuadraticProblem PROBLEM = new QuadraticProblem();
  private static final BilevelSolver SMALL = PROBLEM.solver(MANY, F2sa.multiplier(200));
  private static final BilevelSolver LARGE = PROBLEM.solver(MANY, F2sa.multiplier(2000));
  private static final BilevelSolver DIFFERENCE =
      PROBLEM.solver(MANY, FiniteDifference.radius(0.01).atSolution().step(STEP));

  /** The matrices and columns of a case. */
  private record Terms(Data data) {
    Expr get(String name) {
      Array array = data.arrays().get(name);
      Expr constant = Expr.constant(array);
      return array.shape().rank() == 1 ? constant.unsqueezed(-1) : constant;
    }

    Expr x() {
      return Expr.constant(data.x()).unsqueezed(-1);
    }

    /** {@code C'x + a}. */
    Expr innerLinear() {
      return get("C").transposedMatmul(x()).plus(get("a"));
    }

    /** {@code K'x + f}. */
    Expr outerLinear() {
      return get("K").transposedMatmul(x()).plus(get("f"));
    }

    Expr solution() {
      return get("A").positiveDefiniteSolve(innerLinear()).negated();
    }

    /** The minimum of {@code F + lambda G}. */
    Expr penalized(double lambda) {
      return get("B")
          .plus(get("A").times(lambda))
          .positiveDefiniteSolve(outerLinear().plus(innerLinear().times(lambda)))
          .negated();
    }

    Array valueFunctionGradient(double lambda) {
      Expr y = penalized(lambda);
      return Evaluation.of(
          x().plus(get("K").matmul(y)).plus(get("C").matmul(y.minus(solution())).times(lambda)));
    }

    /** {@code x + K y* - step C (B y* + K'x + f)}. */
    Array withIdentityForTheHessian(double step) {
      Expr slope = get("B").matmul(solution()).plus(outerLinear());
      return Evaluation.of(
          x().plus(get("K").matmul(solution())).minus(get("C").matmul(slope).times(step)));
    }
  }

  @Property(seed = "331", tries = 10)
  void penaltyGivesTheDerivativeOfItsValueFunction(@ForAll long seed) {
    Data data = Data.draw(Draws.seed(seed));
    assertClose(
        PROBLEM.hypergradient(SMALL, data), new Terms(data).valueFunctionGradient(200), 1e-9);
  }

  @Property(seed = "332", tries = 10)
  void biasOfThePenaltyFallsAsOneOverTheMultiplier(@ForAll long seed) {
    Data data = Data.draw(Draws.seed(seed));
    Array exact = QuadraticProblem.closedForm(data);
    double small = Rows.difference(PROBLEM.hypergradient(SMALL, data), exact);
    double large = Rows.difference(PROBLEM.hypergradient(LARGE, data), exact);
    assertThat(small / large).isBetween(9.5, 10.5);
  }

  /** The multiplier is that of the number of outer steps before. */
  @Property(seed = "333", tries = 1)
  void multiplierFollowsItsSchedule(@ForAll long seed) {
    Data data = Data.draw(Draws.seed(seed));
    BilevelSolver scheduled = PROBLEM.solver(MANY, F2sa.multiplier(Schedule.linear(100, 300, 2)));
    assertThat(PROBLEM.report(scheduled, data).get("multiplier")).isEqualTo(100);
    assertClose(
        PROBLEM.hypergradient(scheduled, data), new Terms(data).valueFunctionGradient(200), 1e-9);
    assertThat(PROBLEM.report(scheduled, data).get("multiplier")).isEqualTo(300);
  }

  /** The mixed product of a quadratic problem does not depend on phi: the difference is exact. */
  @Property(seed = "334", tries = 10)
  void differenceAtTheSolutionTakesTheHessianForAnIdentity(@ForAll long seed) {
    Data data = Data.draw(Draws.seed(seed));
    assertClose(
        PROBLEM.hypergradient(DIFFERENCE, data),
        new Terms(data).withIdentityForTheHessian(STEP),
        1e-9);
  }
}
