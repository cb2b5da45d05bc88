package io.github.bilevel4j.solver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.optimizer.Adam;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.problem.Optimizer;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.solver.estimator.F2sa;
import io.github.bilevel4j.solver.estimator.FiniteDifference;
import io.github.bilevel4j.solver.estimator.FixedPoint;
import io.github.bilevel4j.solver.estimator.ForwardMode;
import io.github.bilevel4j.solver.estimator.Implicit;
import io.github.bilevel4j.solver.estimator.Unrolled;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import io.github.bilevel4j.solver.linear.NeumannSeries;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Two inner levels side by side do what they do in two problems of their own. */
class ParallelLevelsTest {
  private Engine engine;

  private final Expr x = Expr.variable("x", Array.vector(0.3, -0.2));
  private final Variables theta = Variables.of(x);

  @BeforeEach
  void open() {
    engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64);
  }

  @AfterEach
  void close() {
    engine.close();
  }

  /** An inner level and its part of the outer objective. */
  private record Part(
      Variables variables, Objective inner, int steps, Optimizer optimizer, Expr outer) {

    Bilevel.NeedsOuterVariables of(Bilevel.NeedsInnerObjective stage) {
      return stage.minimize(inner).solvedBy(steps, optimizer);
    }
  }

  /** Both levels have variables of the same key, terms of the same name, and no starting point. */
  private Part part(String name, int steps, Optimizer optimizer) {
    Variables copy = theta.copy(name);
    Expr w = copy.get("x");
    double target = name.length();
    Expr fit = w.minus(target).tanh().squared().sum().plus(w.dot(x).sin().times(0.2));
    return new Part(
        copy,
        Objective.of("fit", fit).plus("near", 0.5, w.minus(x).squared().sum()),
        steps,
        optimizer,
        w.times(x.exp()).sum().squared().times(target));
  }

  private BilevelSolver solver(HypergradientEstimator estimator, Part... parts) {
    Bilevel.NeedsOuterVariables levels =
        parts[0].of(Bilevel.problem("p").inner(parts[0].variables()));
    Objective outer = Objective.of("outer 0", parts[0].outer());
    for (int i = 1; i < parts.length; i++) {
      levels = parts[i].of(levels.and(parts[i].variables()));
      outer = outer.plus("outer " + i, parts[i].outer());
    }
    BilevelProblem problem =
        levels.outer(theta).minimize(outer).steppedBy(Sgd.rate(0.1)).differentiatedBy(estimator);
    return BilevelSolver.of(problem, engine);
  }

  static List<HypergradientEstimator> estimators() {
    return List.of(
        Unrolled.exact(),
        Unrolled.firstOrder(),
        Unrolled.last(2),
        Unrolled.exact().checkpointed(2),
        ForwardMode.exact(),
        Implicit.by(ConjugateGradient.steps(8).tolerance(1e-14)).damping(1),
        Implicit.by(NeumannSeries.terms(3).stepSize(0.2)),
        FixedPoint.terms(4));
  }

  @ParameterizedTest
  @MethodSource("estimators")
  void hypergradientsAdd(HypergradientEstimator estimator) {
    Optimizer momentum = Sgd.rate(0.1).momentum(0.5);
    double[] separate = new double[2];
    for (Part part : List.of(part("a", 3, momentum), part("second", 5, Adam.rate(0.05)))) {
      Array own = solver(estimator, part).hypergradient(Feed.none()).get("x");
      separate[0] += own.at(0);
      separate[1] += own.at(1);
    }
    Array together =
        solver(estimator, part("a", 3, momentum), part("second", 5, Adam.rate(0.05)))
            .hypergradient(Feed.none())
            .get("x");
    assertThat(together.at(0)).isCloseTo(separate[0], within(1e-11));
    assertThat(together.at(1)).isCloseTo(separate[1], within(1e-11));
  }

  /** With rates of their own; the difference over both is off by the square of the radius. */
  @Test
  void finiteDifferencesAdd() {
    HypergradientEstimator estimator = FiniteDifference.radius(1e-4);
    double separate = 0;
    for (Part part : List.of(part("a", 1, Sgd.rate(0.1)), part("second", 1, Sgd.rate(0.3)))) {
      separate += solver(estimator, part).hypergradient(Feed.none()).get("x").at(0);
    }
    BilevelSolver together =
        solver(estimator, part("a", 1, Sgd.rate(0.1)), part("second", 1, Sgd.rate(0.3)));
    assertThat(together.hypergradient(Feed.none()).get("x").at(0))
        .isCloseTo(separate, within(1e-7));
  }

  @Test
  void stepsOfALevelThatIsPresolved() {
    Part first = part("a", 3, Sgd.rate(0.1));
    Part second = part("b", 3, Sgd.rate(0.1));
    for (HypergradientEstimator estimator :
        List.of(Unrolled.exact(), ForwardMode.exact(), FixedPoint.terms(4), F2sa.multiplier(10))) {
      Bilevel.NeedsOuterObjective stage =
          first
              .of(Bilevel.problem("p").inner(first.variables()))
              .and(second.variables())
              .minimize(second.inner())
              .presolved()
              .outer(theta);
      assertThatIllegalArgumentException()
          .isThrownBy(
              () ->
                  stage
                      .minimize(Objective.of("sum", first.outer().plus(second.outer())))
                      .steppedBy(Sgd.rate(0.1))
                      .differentiatedBy(estimator))
          .withMessageContaining("the inner problem is presolved, so there is no step to");
    }
  }

  @Test
  void lastStepsInSegmentsOfLevelsOfDifferentSteps() {
    HypergradientEstimator estimator = Unrolled.last(2).checkpointed(1);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> solver(estimator, part("a", 3, Sgd.rate(0.1)), part("b", 2, Sgd.rate(0.1))))
        .withMessage(
            """
            unrolled: the last steps in segments are not those of each level side by side.
              inner solver  3 x SGD, rate 0.1; 2 x SGD, rate 0.1
            Maybe the same number of steps for each was meant, or no checkpointed(...).""");
  }

  /** Warm start: the second and third solves go on from the first, with the memory of each. */
  @Test
  void fewerStepsRestWithTheirMemory() {
    HypergradientEstimator implicit = Implicit.by(ConjugateGradient.steps(4));
    Optimizer adam = Adam.rate(0.05);
    Part first = part("a", 2, adam);
    Part second = part("second", 5, adam);
    BilevelSolver together = solver(implicit, first, second);
    Part firstAlone = part("a", 2, adam);
    Part secondAlone = part("second", 5, adam);
    BilevelSolver one = solver(implicit, firstAlone);
    BilevelSolver other = solver(implicit, secondAlone);
    for (int solve = 0; solve < 3; solve++) {
      together.hypergradient(Feed.none());
      one.hypergradient(Feed.none());
      other.hypergradient(Feed.none());
      assertSame(first, firstAlone);
      assertSame(second, secondAlone);
    }
  }

  private void assertSame(Part actual, Part expected) {
    Array values = engine.read(actual.variables().get("x"));
    Array wanted = engine.read(expected.variables().get("x"));
    for (int i = 0; i < 2; i++) {
      assertThat(values.at(i)).isCloseTo(wanted.at(i), within(1e-14));
    }
  }

  @Test
  void termsOfTheSameNameAreNumbered() {
    BilevelSolver solver =
        solver(Unrolled.exact(), part("a", 1, Sgd.rate(0.1)), part("b", 1, Sgd.rate(0.1)));
    assertThat(solver.step(Feed.none()).keySet())
        .contains("inner/1/fit", "inner/1/near", "inner/2/fit", "inner/2/near");
  }
}
