package io.github.bilevel4j.examples.bilevel;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Iterables;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.examples.bilevel.Convergence.Row;
import io.github.bilevel4j.problem.Hypergradient;
import io.github.bilevel4j.solver.Implicit;
import io.github.bilevel4j.solver.Unrolled;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SolvedProblemsTest {

  static Stream<Hypergradient> estimators() {
    return Stream.of(Implicit.by(ConjugateGradient.steps(20)), Unrolled.exact());
  }

  private static ImmutableList<Row> solve(SolvedProblem example, int steps) {
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      return Convergence.run(example, steps, steps, engine);
    }
  }

  @ParameterizedTest
  @MethodSource("estimators")
  void ridgeHypergradientsEqualTheClosedForm(Hypergradient estimator) {
    ImmutableList<Row> rows = solve(RidgeRegression.drawn(3, estimator), 20);
    Row start = rows.get(0);
    Row end = Iterables.getLast(rows);
    assertThat(start.error()).isLessThan(1e-8 * start.hypergradientNorm());
    assertThat(end.error()).isLessThan(1e-8 * end.hypergradientNorm());
    assertThat(end.step()).isEqualTo(20);
  }

  @ParameterizedTest
  @MethodSource("estimators")
  void ridgePenaltiesLowerTheValidationError(Hypergradient estimator) {
    ImmutableList<Row> rows = solve(RidgeRegression.drawn(3, estimator), 20);
    double start = rows.get(0).outerObjective();
    double end = Iterables.getLast(rows).outerObjective();
    // The noise alone contributes one.
    assertThat(end).isLessThan(1.3).isLessThan(0.7 * start);
    assertThat(rows.get(0).distance()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("estimators")
  void quadraticReachesItsOptimum(Hypergradient estimator) {
    ImmutableList<Row> rows = solve(QuadraticProblem.drawn(3, estimator), 60);
    assertThat(rows.get(0).distance().orElseThrow()).isGreaterThan(0.1);
    assertThat(Iterables.getLast(rows).distance().orElseThrow()).isLessThan(1e-6);
    assertThat(Iterables.getLast(rows).hypergradientNorm()).isLessThan(1e-6);
  }
}
