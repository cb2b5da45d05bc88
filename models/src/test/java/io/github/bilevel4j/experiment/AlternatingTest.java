package io.github.bilevel4j.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.entry;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.problem.SingleLevel;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.SingleLevelSolver;
import io.github.bilevel4j.solver.Solver;
import io.github.bilevel4j.solver.estimator.Unrolled;
import io.github.bilevel4j.solver.step.NotFiniteException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AlternatingTest {
  private final Variables theta = Variables.of(Expr.variable("theta", Array.scalar(4)));
  private final Variables phi = theta.copy("inner");
  private final Expr a = Expr.input("a", new int[0]);
  private final Expr b = Expr.input("b", new int[0]);

  private static Feed feed(Expr a, double first, Expr b, double second) {
    return Feed.of(a, Array.scalar(first)).and(b, Array.scalar(second));
  }

  /** {@code theta <- theta - 0.25 (theta - a)}. */
  private Solver ordinary(Engine engine) {
    Expr distance = theta.get("theta").minus(a).squared().dividedBy(2);
    return SingleLevelSolver.of(
        SingleLevel.problem("ordinary")
            .over(theta)
            .minimize(Objective.of("distance", distance))
            .steppedBy(Sgd.rate(0.25)),
        engine);
  }

  /** {@code phi = theta - 0.5 theta, theta <- theta - 0.5 * 0.5 (phi - b)}. */
  private Solver bilevel(Engine engine) {
    Expr point = phi.get("theta");
    BilevelProblem problem =
        Bilevel.problem("two levels")
            .inner(phi)
            .minimize(Objective.of("size", point.squared().dividedBy(2)))
            .startingAt(theta)
            .solvedBy(1, Sgd.rate(0.5))
            .outer(theta)
            .minimize(Objective.of("distance", point.minus(b).squared().dividedBy(2)))
            .steppedBy(Sgd.rate(0.5))
            .differentiatedBy(Unrolled.exact());
    return BilevelSolver.of(problem, engine);
  }

  private Alternating alternating(Engine engine) {
    return Alternating.between(
        new Alternating.Phase("ssl", ordinary(engine), ImmutableList.of(a)),
        new Alternating.Phase("umm", bilevel(engine), ImmutableList.of(b)));
  }

  /** Theta goes from 4 to 3, from there by phi = 1.5 to 2.875. */
  @Test
  void theSecondStepBeginsWhereTheFirstEnded() {
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      ImmutableMap<String, Double> measured = alternating(engine).step(feed(a, 0, b, 1));
      assertThat(engine.read(theta).get("theta").scalarValue()).isEqualTo(2.875);
      assertThat(measured)
          .containsExactly(
              entry("ssl/distance", 8.0),
              entry("umm/inner/size", 4.5),
              entry("ssl/total", 8.0),
              entry("umm/outer/distance", 0.125),
              entry("umm/hypergradient norm", 0.25));
    }
  }

  @Test
  void measurementsOfAFailedSecondStepAreKept() {
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      Alternating alternating = alternating(engine);
      assertThatExceptionOfType(NotFiniteException.class)
          .isThrownBy(() -> alternating.step(feed(a, 0, b, Double.NaN)))
          .withMessageContaining("data  not finite: b")
          .satisfies(
              e -> {
                assertThat(e.term()).isEqualTo("umm/outer/distance");
                assertThat(e.measurements())
                    .containsEntry("ssl/total", 8.0)
                    .containsEntry("umm/inner/size", 4.5);
                assertThat(e.measurements().get(e.term())).isNaN();
              });
      assertThat(engine.read(theta).get("theta").scalarValue()).isEqualTo(3);
    }
  }

  @Test
  void noSecondStepAfterAFailedFirstOne() {
    List<String> made = new ArrayList<>();
    Solver failing = feed -> noted(made, "first", Double.POSITIVE_INFINITY);
    Solver other = feed -> noted(made, "second", 1);
    Alternating alternating =
        Alternating.between(
            new Alternating.Phase("ssl", failing, ImmutableList.of()),
            new Alternating.Phase("umm", other, ImmutableList.of()));
    assertThat(alternating.step(Feed.none()))
        .containsExactly(entry("ssl/loss", Double.POSITIVE_INFINITY));
    assertThat(made).containsExactly("first");
  }

  private static ImmutableMap<String, Double> noted(List<String> made, String name, double loss) {
    made.add(name);
    return ImmutableMap.of("loss", loss);
  }
}
