package io.github.bilevel4j.solver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.optimizer.Adam;
import io.github.bilevel4j.optimizer.Box;
import io.github.bilevel4j.optimizer.Clipped;
import io.github.bilevel4j.optimizer.Lars;
import io.github.bilevel4j.optimizer.Projected;
import io.github.bilevel4j.optimizer.Schedule;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.problem.Optimizer;
import io.github.bilevel4j.problem.SingleLevel;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.solver.estimator.Unrolled;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LearningRatesTest {
  private static final Schedule FALLING = Schedule.linear(0.8, 0, 8);

  private final Variables layer =
      Variables.of(
          Expr.variable("weight", Array.vector(1, 2)), Expr.variable("bias", Array.vector(3)));
  private Engine engine;

  @BeforeAll
  void open() {
    engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64);
  }

  @AfterAll
  void close() {
    engine.close();
  }

  private Solver of(Optimizer optimizer) {
    return SingleLevelSolver.of(
        SingleLevel.problem("bowl")
            .over(layer)
            .minimize(Objective.of("bowl", layer.vector().squaredNorm()))
            .steppedBy(optimizer),
        engine);
  }

  @Test
  void ofASchedule() {
    Solver solver = of(Sgd.rate(FALLING));
    assertThat(solver.learningRates(0)).containsExactly(Map.entry("learning rate", 0.8));
    assertThat(solver.learningRates(6).get("learning rate")).isEqualTo(0.2, offset(1e-12));
    assertThat(solver.learningRates(100).get("learning rate")).isZero();
  }

  @Test
  void ofOptimizersAroundOthers() {
    for (Optimizer optimizer : new Optimizer[] {Adam.rate(FALLING), Lars.solo(FALLING)}) {
      Solver solver = of(Projected.onto(Box.atLeast(0), Clipped.norm(1, optimizer)));
      assertThat(solver.learningRates(4).get("learning rate")).isEqualTo(0.4, offset(1e-12));
    }
  }

  @Test
  void ofGroups() {
    Solver solver = of(Sgd.rate(FALLING).exceptFor("biases", "bias"::equals, Sgd.rate(0.01)));
    assertThat(solver.learningRates(0))
        .containsExactly(
            Map.entry("learning rate", 0.8), Map.entry("learning rate of biases", 0.01));
  }

  /** The inner level's steps are counted anew in each of the outer level's. */
  @Test
  void ofBothLevels() {
    Variables inner = layer.copy("phi");
    Solver solver =
        BilevelSolver.of(
            Bilevel.problem("p")
                .inner(inner)
                .minimize(Objective.of("near", inner.vector().minus(layer.vector()).squaredNorm()))
                .solvedBy(2, Sgd.rate(FALLING))
                .outer(layer)
                .minimize(Objective.of("norm", inner.vector().squaredNorm()))
                .steppedBy(Sgd.rate(Schedule.cosine(2, 0, 10)))
                .differentiatedBy(Unrolled.exact()),
            engine);
    assertThat(solver.learningRates(5))
        .containsOnlyKeys("inner/learning rate", "outer/learning rate")
        .containsEntry("inner/learning rate", 0.8);
    assertThat(solver.learningRates(5).get("outer/learning rate")).isEqualTo(1, offset(1e-12));
  }
}
