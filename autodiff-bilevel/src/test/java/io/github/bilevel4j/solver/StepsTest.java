package io.github.bilevel4j.solver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Update;
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
import io.github.bilevel4j.solver.estimator.Implicit;
import io.github.bilevel4j.solver.estimator.Unrolled;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import io.github.bilevel4j.solver.step.NotFiniteException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Several outer steps in one call. */
class StepsTest {
  private final Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64);
  private final Expr w = Expr.variable("w", Array.vector(1, 2));
  private final Expr x = Expr.variable("x", Array.vector(0.5, 0.25));
  private final Expr count = Expr.variable("count", Array.scalar(0));
  private final Expr a = Expr.input("a");

  @AfterEach
  void close() {
    engine.close();
  }

  private BilevelSolver solver(HypergradientEstimator hypergradient, double rate) {
    BilevelProblem problem =
        Bilevel.problem("steps")
            .inner(Variables.of(w))
            .minimize(
                Objective.of("bowl", w.minus(x).squared().sum().times(0.5))
                    .plus("tail", w.exp().sum()))
            .solvedBy(2, Sgd.rate(0.1))
            .outer(Variables.of(x))
            .minimize(Objective.of("target", w.minus(a).squared().sum()))
            .steppedBy(Adam.rate(rate))
            .differentiatedBy(hypergradient)
            .updating(List.of(new Update(count, count.plus(1))));
    return BilevelSolver.of(problem, engine);
  }

  private void reset() {
    engine.write(
        ImmutableMap.of(w, Array.vector(1, 2), x, Array.vector(0.5, 0.25), count, Array.scalar(0)));
  }

  private static final List<HypergradientEstimator> ESTIMATORS =
      List.of(Unrolled.exact(), Implicit.by(ConjugateGradient.steps(3)).warmStarted(true));

  @Test
  void equalsSingleSteps() {
    Feed feed = Feed.of(a, Array.scalar(0.3));
    for (HypergradientEstimator estimator : ESTIMATORS) {
      reset();
      BilevelSolver single = solver(estimator, 0.1);
      ImmutableMap<String, Double> last = ImmutableMap.of();
      for (int k = 0; k < 7; k++) {
        last = single.step(feed);
      }
      ImmutableMap<Expr, Array> expected = engine.read(List.of(w, x, count));
      reset();
      BilevelSolver several = solver(estimator, 0.1);
      several.steps(feed, 3);
      several.steps(feed, 1);
      assertThat(several.steps(feed, 3)).as(estimator.description()).isEqualTo(last);
      assertThat(engine.read(List.of(w, x, count))).as(estimator.description()).isEqualTo(expected);
    }
  }

  @Test
  void stopsAtTheStepThatIsNotFinite() {
    for (HypergradientEstimator estimator : ESTIMATORS) {
      reset();
      BilevelSolver solver = solver(estimator, 1e4);
      assertThatExceptionOfType(NotFiniteException.class)
          .as(estimator.description())
          .isThrownBy(() -> solver.steps(Feed.of(a, Array.scalar(1e3)), 6));
      double made = engine.read(count).scalarValue();
      assertThat(made).isBetween(1.0, 5.0);
      for (double each : engine.read(w).toDoubles()) {
        assertThat(each).isFinite();
      }
    }
  }

  @Test
  void noStep() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> solver(Unrolled.exact(), 0.1).steps(Feed.none(), 0))
        .withMessage(
            """
            solve "steps": the number of steps must be 1 or more, got 0.""");
  }
}
