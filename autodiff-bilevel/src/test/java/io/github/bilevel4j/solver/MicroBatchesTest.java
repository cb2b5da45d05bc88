package io.github.bilevel4j.solver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

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
import io.github.bilevel4j.optimizer.Schedule;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.problem.Optimizer;
import io.github.bilevel4j.problem.SingleLevel;
import io.github.bilevel4j.problem.SingleLevelProblem;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.solver.estimator.FixedPoint;
import io.github.bilevel4j.solver.estimator.Implicit;
import io.github.bilevel4j.solver.estimator.Unrolled;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import io.github.bilevel4j.solver.linear.Gmres;
import io.github.bilevel4j.solver.linear.Jacobi;
import io.github.bilevel4j.solver.linear.NormalEquations;
import io.github.bilevel4j.solver.step.MicroBatches;
import io.github.bilevel4j.solver.step.NotFiniteException;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A step of micro-batches is the step of the whole batch. */
class MicroBatchesTest {
  private static final int PARTS = 3;
  private static final int SIZE = 4;

  private Engine engine;

  @BeforeEach
  void open() {
    engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64);
  }

  @AfterEach
  void close() {
    engine.close();
  }

  /** Robust regression with a learned penalty for each feature, for batches of a size. */
  private static final class Regression {
    private final Expr w = Expr.variable("w", Array.vector(0.1, -0.2, 0.3));
    private final Expr x = Expr.variable("x", Array.vector(-1, 0, -0.5));
    private final Expr mean = Expr.variable("mean", Array.scalar(0));
    private final Expr steps = Expr.variable("steps", Array.scalar(0));
    private final Expr last = Expr.variable("last", Array.scalar(7));
    private final Expr features;
    private final Expr targets;

    Regression(int size) {
      features = Expr.input("features", size, 3);
      targets = Expr.input("targets", size);
    }

    private Objective loss() {
      Expr error = features.matmul(w.unsqueezed(-1)).reshape(-1).minus(targets);
      return Objective.of("fit", error.squared().plus(1).log().mean())
          .plus("penalty", 0.5, w.squared().dot(x.exp()));
    }

    private List<Update> updates() {
      return List.of(
          new Update(mean, mean.times(0.9).plus(targets.mean().times(w.sum()))),
          new Update(steps, steps.plus(1)));
    }

    BilevelProblem problem(int steps, Optimizer optimizer, HypergradientEstimator hypergradient) {
      Expr prediction = features.matmul(w.unsqueezed(-1)).reshape(-1);
      Expr validation = prediction.times(targets).tanh().mean().plus(x.squared().sum().times(0.1));
      return Bilevel.problem("regression")
          .inner(Variables.of(w))
          .minimize(loss())
          .solvedBy(steps, optimizer)
          .outer(Variables.of(x))
          .minimize(Objective.of("validation", validation))
          .steppedBy(Sgd.rate(0.5))
          .differentiatedBy(hypergradient)
          .updating(updates());
    }

    SingleLevelProblem single(Optimizer optimizer) {
      return SingleLevel.problem("single")
          .over(Variables.of(w))
          .minimize(loss())
          .steppedBy(optimizer)
          .updating(updates());
    }

    Feed feed(Array features, Array targets) {
      return Feed.of(this.features, features).and(this.targets, targets);
    }

    List<Expr> state() {
      return List.of(w, x, mean, steps);
    }
  }

  private final Array features =
      Array.fill(Shape.of(PARTS * SIZE, 3), i -> Math.sin(1.7 * i) + 0.1 * (i % 5));
  private final Array targets = Array.fill(Shape.of(PARTS * SIZE), i -> Math.cos(2.3 * i));

  private Feed whole(Regression regression) {
    return regression.feed(features, targets);
  }

  private List<Feed> parts(Regression regression) {
    return IntStream.range(0, PARTS)
        .mapToObj(
            part ->
                regression.feed(
                    Array.fill(Shape.of(SIZE, 3), i -> features.at(part * SIZE * 3 + i)),
                    Array.fill(Shape.of(SIZE), i -> targets.at(part * SIZE + i))))
        .toList();
  }

  private void assertSame(
      Regression actual,
      ImmutableMap<String, Double> report,
      Regression expected,
      ImmutableMap<String, Double> wanted) {
    assertThat(report.keySet()).containsExactlyElementsOf(wanted.keySet());
    wanted.forEach(
        (name, value) ->
            assertThat(report.get(name))
                .as(name)
                .isCloseTo(value, within(1e-9 * (1 + Math.abs(value)))));
    for (int k = 0; k < actual.state().size(); k++) {
      Array one = engine.read(actual.state().get(k));
      Array other = engine.read(expected.state().get(k));
      for (int i = 0; i < other.shape().size(); i++) {
        assertThat(one.at(i)).isCloseTo(other.at(i), within(1e-12));
      }
    }
  }

  static List<Arguments> cases() {
    Optimizer sgd = Sgd.rate(0.2);
    Optimizer adam = Adam.rate(0.05);
    Implicit cg = Implicit.by(ConjugateGradient.steps(2)).damping(0.5);
    return List.of(
        Arguments.of(sgd, cg),
        Arguments.of(adam, cg.warmStarted(true)),
        Arguments.of(adam, cg.preconditionedBy(Jacobi.probes(2))),
        Arguments.of(sgd, cg.solvedTo(Schedule.exponential(0.5, 1e-3, 2))),
        Arguments.of(sgd, cg.errorEstimated(true)),
        Arguments.of(sgd, Implicit.by(NormalEquations.steps(2)).damping(0.5)),
        Arguments.of(sgd, Implicit.by(Gmres.restart(2)).damping(0.5)),
        Arguments.of(Sgd.rate(0.2).momentum(0.5), FixedPoint.terms(3)),
        Arguments.of(adam, FixedPoint.by(NormalEquations.steps(2))));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void bilevelStepsAreThoseOfTheWholeBatch(
      Optimizer optimizer, HypergradientEstimator hypergradient) {
    Regression one = new Regression(PARTS * SIZE);
    Regression many = new Regression(SIZE);
    BilevelSolver reference = BilevelSolver.of(one.problem(3, optimizer, hypergradient), engine);
    BilevelSolver solver =
        BilevelSolver.of(many.problem(3, optimizer, hypergradient), MicroBatches.on(engine));
    for (int step = 0; step < 2; step++) {
      ImmutableMap<String, Double> expected = reference.step(whole(one));
      assertSame(many, solver.step(Feed.microBatches(parts(many))), one, expected);
    }
  }

  @Test
  void singleLevelStepsAreThoseOfTheWholeBatch() {
    Regression one = new Regression(PARTS * SIZE);
    Regression many = new Regression(SIZE);
    SingleLevelSolver reference = SingleLevelSolver.of(one.single(Adam.rate(0.1)), engine);
    SingleLevelSolver solver =
        SingleLevelSolver.of(many.single(Adam.rate(0.1)), MicroBatches.on(engine));
    for (int step = 0; step < 3; step++) {
      ImmutableMap<String, Double> expected = reference.step(whole(one));
      assertSame(many, solver.step(Feed.microBatches(parts(many))), one, expected);
    }
  }

  @Test
  void otherEstimators() {
    BilevelProblem problem = new Regression(SIZE).problem(1, Sgd.rate(0.1), Unrolled.exact());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BilevelSolver.of(problem, MicroBatches.on(engine)))
        .withMessage(
            """
            accumulate "regression/outer": a value computed from the batch is not a mean over its samples.
              input  features  [4, 3]
            Maybe an estimator that does not follow the inner steps was meant, such as Implicit.by(...), or engine.batchMean(...) for a value that is a mean.""");
  }

  @Test
  void feedsThatDoNotSuit() {
    Regression regression = new Regression(SIZE);
    SingleLevelSolver solver =
        SingleLevelSolver.of(regression.single(Sgd.rate(0.1)), MicroBatches.on(engine));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> solver.step(Feed.microBatches(List.of())))
        .withMessage(
            """
            feed: there is no micro-batch.""");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> solver.step(Feed.of(Expr.input("images", 1), Array.vector(1))))
        .withMessage(
            """
            solve "single": the value fed to "images" is not used.
            Maybe it belongs to another problem.""");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> regression.feed(Array.fill(Shape.of(3, 3), i -> 0), targets))
        .withMessage(
            """
            feed: the shapes of input and value differ.
              input  features  [4, 3]
              value            [3, 3]
            Maybe the last batch is smaller than the others, or the value lacks an axis.""");
  }

  @Test
  void anUpdateThatIsNotFiniteLeavesAllAsItWas() {
    Regression regression = new Regression(SIZE);
    BilevelSolver solver =
        BilevelSolver.of(
            regression
                .problem(2, Sgd.rate(0.1), Implicit.by(ConjugateGradient.steps(2)))
                .updating(List.of(new Update(regression.last, regression.targets.min().log()))),
            MicroBatches.on(engine));
    assertThatExceptionOfType(NotFiniteException.class)
        .isThrownBy(() -> solver.step(Feed.microBatches(parts(regression))))
        .withMessage(
            """
            outer step: "update of last" is NaN.
              data  finite""")
        .satisfies(e -> assertThat(e.measurements()).doesNotContainKey("updates"));
    assertThat(engine.read(regression.last)).isEqualTo(Array.scalar(7));
    assertThat(engine.read(regression.w).at(0)).isEqualTo(0.1);
    assertThat(engine.read(regression.x).at(0)).isEqualTo(-1);
  }

  @Test
  void valuesThatAreNotFiniteLeaveAllAsItWas() {
    Regression regression = new Regression(SIZE);
    BilevelSolver solver =
        BilevelSolver.of(
            regression.problem(2, Sgd.rate(0.1), Implicit.by(ConjugateGradient.steps(2))),
            MicroBatches.on(engine));
    Feed good = parts(regression).get(0);
    Feed bad =
        regression.feed(
            Array.fill(Shape.of(SIZE, 3), i -> Double.NaN), Array.fill(Shape.of(SIZE), i -> 1));
    assertThatExceptionOfType(NotFiniteException.class)
        .isThrownBy(() -> solver.step(Feed.microBatches(List.of(good, bad))))
        .withMessage(
            """
            inner step 1: "inner/fit" is NaN.
              data  not finite: features""");
    assertThat(engine.read(regression.w).at(0)).isEqualTo(0.1);
    assertThat(solver.step(Feed.microBatches(List.of(good, good))))
        .containsKey("hypergradient norm");
  }
}
