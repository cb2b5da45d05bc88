package io.github.bilevel4j.solver.estimator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.optimizer.Clipped;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.problem.Optimizer;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.linear.DirectSolver;
import io.github.bilevel4j.solver.linear.LinearSolver;
import io.github.bilevel4j.solver.linear.Nystrom;
import io.github.bilevel4j.solver.linear.ScaledIdentity;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a user reads whose estimator does not suit the problem. */
class EstimatorMistakesTest {
  private final Expr w = Expr.variable("w", Array.vector(1, 2));
  private final Expr x = Expr.variable("x", Array.vector(0.5, 0.5));

  private Bilevel.NeedsInnerSolver coupled() {
    return Bilevel.problem("bowl")
        .inner(Variables.of(w))
        .minimize(Objective.of("bowl", w.minus(x).squared().sum()));
  }

  private BilevelProblem problem(
      Bilevel.NeedsOuterVariables inner, HypergradientEstimator estimator) {
    return inner
        .outer(Variables.of(x))
        .minimize(Objective.of("size", w.squared().sum()))
        .steppedBy(Sgd.rate(0.1))
        .differentiatedBy(estimator);
  }

  private void assertRefused(
      Bilevel.NeedsOuterVariables inner, HypergradientEstimator by, String message) {
    assertThatIllegalArgumentException().isThrownBy(() -> problem(inner, by)).withMessage(message);
  }

  private Bilevel.NeedsOuterVariables solvedBy(int steps, Optimizer optimizer) {
    return coupled().solvedBy(steps, optimizer);
  }

  @Test
  void truncationBeyondTheSteps() {
    assertRefused(
        solvedBy(3, Sgd.rate(0.1)),
        Unrolled.last(5),
        """
        unrolled: the last 5 steps are to be differentiated of 3.
          inner solver  3 x SGD, rate 0.1
        Maybe Unrolled.exact() was meant.""");
  }

  @Test
  void truncationThatCutsTheOnlyCoupling() {
    Variables start = Variables.of(w).copy("start");
    Bilevel.NeedsInnerSolver uncoupled =
        Bilevel.problem("maml")
            .inner(Variables.of(w))
            .minimize(Objective.of("bowl", w.minus(1).squared().sum()))
            .startingAt(start);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                uncoupled
                    .solvedBy(4, Sgd.rate(0.1))
                    .outer(start)
                    .minimize(Objective.of("size", w.squared().sum()))
                    .steppedBy(Sgd.rate(0.1))
                    .differentiatedBy(Unrolled.last(2)))
        .withMessage(
            """
            problem "maml": the outer variables act on the inner solution by the starting point alone, which the estimator does not differentiate.
              inner variables  [w]
              outer variables  [w]
              hypergradient    unrolled through the last 2 inner steps (truncated)
            Maybe near(theta, 1 / rate) is missing, or Unrolled.exact() was meant.""");
  }

  @Test
  void presolved() {
    assertRefused(
        coupled().presolved(),
        Unrolled.exact(),
        """
        unrolled: the inner problem is presolved, so there is no step to differentiate.
        Maybe Implicit.by(...) was meant.""");
    assertRefused(
        coupled().presolved(),
        ForwardMode.exact(),
        """
        forward mode: the inner problem is presolved, so there is no step to differentiate.
        Maybe Implicit.by(...) was meant.""");
    assertRefused(
        coupled().presolved(),
        F2sa.multiplier(10),
        """
        F2SA: the inner problem is presolved, so there is no step to differentiate.
        Maybe Implicit.by(...) was meant.""");
  }

  @Test
  void tooManyCoordinatesForForwardMode() {
    assertRefused(
        solvedBy(3, Sgd.rate(0.1)),
        ForwardMode.exact().limit(1),
        """
        forward mode: each of 2 outer coordinates needs a tangent; the limit is 1.
          outer variables  x [2]
        Maybe Unrolled.exact().checkpointed(1) was meant, or ForwardMode.exact().limit(2).""");
  }

  @Test
  void jointStepsWithAnInnerSolve() {
    assertRefused(
        solvedBy(3, Sgd.rate(0.1)),
        Soba.rate(0.1),
        """
        SOBA: the inner variables move once in each outer step, not 3 times.
          inner solver  3 x SGD, rate 0.1
        Maybe solvedBy(1, ...) was meant.""");
    assertRefused(
        coupled().startingAt(Variables.of(w).copy("start")).solvedBy(1, Sgd.rate(0.1)),
        Soba.rate(0.1),
        """
        SOBA: the inner variables go on from step to step, but have a starting point.
          inner variables  w [2]
        Maybe startingAt(...) should be left out.""");
  }

  @Test
  void optimizersThatRestElsewhere() {
    Bilevel.NeedsOuterVariables decayed = solvedBy(1, Sgd.rate(0.1).weightDecay(0.5));
    String rest =
        """
        : the inner gradient is not zero at the inner solution.
          inner solver  SGD, rate 0.1, weight decay 0.5
        Maybe FixedPoint.by(...) or Unrolled.exact() was meant: they differentiate the steps.""";
    assertRefused(decayed, Soba.rate(0.1), "SOBA" + rest);
    assertRefused(
        decayed,
        FiniteDifference.radius(0.01).atSolution(),
        "finite difference at the solution" + rest);
  }

  /** Its step depends on the gradient's norm: the rate is not that of the optimizer. */
  @Test
  void finiteDifferenceOfAClippedStep() {
    assertRefused(
        solvedBy(1, Clipped.norm(1, Sgd.rate(0.5))),
        FiniteDifference.radius(0.01),
        """
        finite difference: the inner problem is not solved by one step of plain gradient descent.
          inner solver  1 x SGD, rate 0.5, gradient norm clipped to 1.0
        Maybe solvedBy(1, Sgd.rate(...)) or Unrolled.exact() was meant.""");
  }

  @Test
  void settings() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Unrolled.last(0))
        .withMessage(
            """
            unrolled: the number of steps to differentiate must be 1 or more, got 0.""");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Unrolled.exact().checkpointed(0))
        .withMessage(
            """
            unrolled: the number of steps in a segment must be 1 or more, got 0.""");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ForwardMode.exact().limit(0))
        .withMessage(
            """
            forward mode: the limit of outer coordinates must be 1 or more, got 0.""");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Soba.rate(0))
        .withMessage(
            """
            SOBA: the rate of the adjoint must be positive, got 0.0.""");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> F2sa.multiplier(-1))
        .withMessage(
            """
            F2SA: the multiplier must be positive, got -1.0.""");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FiniteDifference.radius(0.01).atSolution().step(0))
        .withMessage(
            """
            finite difference at the solution: the step must be positive, got 0.0.""");
  }

  @Test
  void warmStartOfAMethodThatGoesOnFromNothing() {
    for (LinearSolver solver :
        List.of(
            DirectSolver.lu(),
            DirectSolver.cholesky(),
            Nystrom.rank(2).damping(0.1),
            ScaledIdentity.scale(1))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Implicit.by(solver).warmStarted(true))
          .withMessage(
              """
              implicit differentiation: the linear solver does not go on from a guess, so a warm start does nothing.
                solver  %s
              Maybe warmStarted(false) was meant, or an iterative method.""",
              solver.description());
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FixedPoint.by(DirectSolver.lu()).warmStarted(true))
        .withMessage(
            """
            fixed point: the linear solver does not go on from a guess, so a warm start does nothing.
              solver  dense LU
            Maybe warmStarted(false) was meant, or an iterative method.""");
  }

  @Test
  void dampingThatIsNoNumber() {
    for (double damping : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Implicit.by(DirectSolver.lu()).damping(damping))
          .withMessage(
              """
              implicit differentiation: the damping must be zero or more, got %s.""",
              damping);
    }
  }

  @Test
  void descriptions() {
    assertThat(Unrolled.last(5).checkpointed(2).description())
        .isEqualTo(
            "unrolled through the last 5 inner steps (truncated), recomputed in segments of 2");
    assertThat(FiniteDifference.radius(0.01).atSolution().description())
        .isEqualTo("inverse Hessian taken as 1.0, finite difference of radius 0.01 (biased)");
    assertThat(F2sa.multiplier(10).description())
        .isEqualTo("F2SA, first order, multiplier 10.0 (biased)");
  }

  /** Steps that are written out in the outer step have no feed of their own. */
  @Test
  void streamForStepsThatAreWrittenOut() {
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      BilevelSolver solver =
          BilevelSolver.of(problem(solvedBy(2, Sgd.rate(0.1)), Unrolled.exact()), engine);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> solver.step(Feed.none(), Feed::none))
          .withMessage(
              """
              solve "bowl": the inner steps cannot be fed apart from the outer step.
                hypergradient  exact, unrolled through the inner steps
                inner solver   2 x SGD, rate 0.1
              Maybe step(feed) or Unrolled.exact().checkpointed(1) was meant.""");
    }
  }

  @Test
  void streamForNoSteps() {
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      BilevelSolver solver =
          BilevelSolver.of(problem(coupled().presolved(), Implicit.by(DirectSolver.lu())), engine);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> solver.step(Feed.none(), Feed::none))
          .withMessage(
              """
              solve "bowl": the inner steps cannot be fed apart from the outer step.
                hypergradient  implicit, dense LU
                inner solver   presolved
              Maybe step(feed) was meant.""");
    }
  }

  @Test
  void streamOfInputsThatNothingUses() {
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      BilevelSolver solver =
          BilevelSolver.of(
              problem(solvedBy(2, Sgd.rate(0.1)), Implicit.by(DirectSolver.lu())), engine);
      Feed other = Feed.of(Expr.input("images", 1), Array.vector(1));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> solver.step(Feed.none(), () -> other))
          .withMessage(
              """
              solve "bowl": the value fed to "images" is not used.
              Maybe it belongs to another problem.""");
    }
  }
}
