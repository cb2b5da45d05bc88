package io.github.bilevel4j.examples.bilevel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Iterables;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.examples.bench.Agreement;
import io.github.bilevel4j.examples.bilevel.Convergence.Row;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.run.MetricsListener;
import io.github.bilevel4j.run.Training;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.solver.estimator.FiniteDifference;
import io.github.bilevel4j.solver.estimator.Implicit;
import io.github.bilevel4j.solver.estimator.Unrolled;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SolvedProblemsTest {
  private static final HypergradientEstimator CG = Implicit.by(ConjugateGradient.steps(20));

  static Stream<HypergradientEstimator> estimators() {
    return Stream.of(CG, Unrolled.exact());
  }

  static Stream<SolvedProblem> examples() {
    return Stream.of(
        RidgeRegression.drawn(3),
        LogisticRegression.penaltyEach(3),
        LogisticRegression.penaltyForAll(3),
        LossWeights.drawn(3),
        QuadraticProblem.drawn(3));
  }

  private static Engine engine() {
    return TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64);
  }

  private record Course(
      ImmutableList<Row> rows,
      ImmutableMap<String, Array> learned,
      Optional<ImmutableMap<String, Array>> optimum) {}

  private static Course solve(SolvedProblem example, HypergradientEstimator estimator, int steps) {
    try (Engine engine = engine()) {
      BilevelProblem problem = example.problem(example.steps(), estimator);
      Convergence convergence = new Convergence(example, problem, steps, steps, engine);
      ImmutableList.Builder<Row> rows = ImmutableList.builder();
      MetricsListener listener = (step, measured) -> Row.of(step, measured).ifPresent(rows::add);
      convergence.run(Training.named("solve").hook(listener));
      return new Course(rows.build(), convergence.learned(), convergence.optimum());
    }
  }

  @ParameterizedTest
  @MethodSource("examples")
  void theInnerGradientIsZeroAtTheInnerSolution(SolvedProblem example) {
    BilevelProblem problem = example.problem(1, CG);
    Step gradient =
        Step.named("gradient")
            .output(
                "norm",
                Derivatives.gradient(
                        problem.inner().objective().total(), problem.innerVariables().vector())
                    .map(g -> g.substitute(problem.innerVariables(), example.innerSolution()))
                    .norm());
    try (Engine engine = engine()) {
      assertThat(engine.compile(gradient).run().scalar("norm")).isLessThan(1e-11);
    }
  }

  @ParameterizedTest
  @MethodSource("examples")
  void conjugateGradientsAreExactAtTheInnerSolution(SolvedProblem example) {
    try (Engine engine = engine()) {
      EstimatorTrial trial = EstimatorTrial.of(example, 1, CG, 1, engine);
      assertThat(trial.agreement().relativeError()).isLessThan(1e-9);
      assertThat(trial.agreement().cosine()).isGreaterThan(1 - 1e-9);
      assertThat(trial.seconds()).isPositive();
    }
  }

  @Test
  void oneStepIsBiasedButPointsTheRightWay() {
    try (Engine engine = engine()) {
      HypergradientEstimator darts = FiniteDifference.radius(0.01);
      Agreement agreement =
          EstimatorTrial.of(RidgeRegression.drawn(3), 1, darts, 1, engine).agreement();
      assertThat(agreement.relativeError()).isBetween(0.3, 1.0);
      assertThat(agreement.cosine()).isGreaterThan(0.9);
    }
  }

  @ParameterizedTest
  @MethodSource("estimators")
  void ridgePenaltiesLowerTheValidationError(HypergradientEstimator estimator) {
    Course course = solve(RidgeRegression.drawn(3), estimator, 20);
    Row start = course.rows().get(0);
    Row end = Iterables.getLast(course.rows());
    assertThat(start.error()).isLessThan(1e-8 * start.hypergradientNorm());
    assertThat(end.error()).isLessThan(1e-8 * end.hypergradientNorm());
    assertThat(end.step()).isEqualTo(20);
    // The noise alone contributes one.
    assertThat(end.outerObjective()).isLessThan(1.3).isLessThan(0.7 * start.outerObjective());
    assertThat(start.distance()).isEmpty();
    assertThat(course.optimum()).isEmpty();
  }

  @Test
  void featuresWithoutInfluenceArePenalizedMore() {
    for (SolvedProblem example :
        ImmutableList.of(RidgeRegression.drawn(3), LogisticRegression.penaltyEach(3))) {
      Array learned = solve(example, CG, 30).learned().get("log penalties");
      double with = 0;
      double without = 0;
      for (int j = 0; j < 5; j++) {
        with += learned.at(j) / 5;
        without += learned.at(j + 5) / 5;
      }
      assertThat(without).isGreaterThan(with + 1);
    }
  }

  @Test
  void lossWeightsAreOneOverTheVariances() {
    Course course = solve(LossWeights.drawn(3), CG, 60);
    assertThat(course.rows().get(0).distance().orElseThrow()).isGreaterThan(1.5);
    assertThat(Iterables.getLast(course.rows()).distance().orElseThrow()).isLessThan(0.2);
    // 2 log 2 - (log 4 + log 2 + log 1 - log 2) / 4, and so on down by log 2.
    double[] optimum = course.optimum().orElseThrow().get("log weights").toDoubles();
    for (int k = 0; k < 4; k++) {
      assertThat(optimum[k]).isCloseTo((1.5 - k) * Math.log(2), within(1e-12));
    }
  }

  @ParameterizedTest
  @MethodSource("estimators")
  void quadraticReachesItsOptimum(HypergradientEstimator estimator) {
    ImmutableList<Row> rows = solve(QuadraticProblem.drawn(3), estimator, 60).rows();
    assertThat(rows.get(0).distance().orElseThrow()).isGreaterThan(0.1);
    assertThat(Iterables.getLast(rows).distance().orElseThrow()).isLessThan(1e-6);
    assertThat(Iterables.getLast(rows).hypergradientNorm()).isLessThan(1e-6);
  }
}
