package io.github.bilevel4j.solver.estimator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.ForwardingEngine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Bilevel;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.step.NotFiniteException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** What recomputing segments compiles, and what it leaves behind when it fails. */
class CheckpointedEstimateTest {
  private final Expr w = Expr.variable("w", Array.vector(1, 2));
  private final Expr x = Expr.variable("x", Array.vector(0.5, 0.5));
  private final Expr data = Expr.input("data", 2);

  private BilevelProblem problem(int steps, HypergradientEstimator estimator) {
    return Bilevel.problem("fit")
        .inner(Variables.of(w))
        .minimize(Objective.of("fit", w.minus(data).tanh().squared().dot(x.exp())))
        .solvedBy(steps, Sgd.rate(0.1).momentum(0.5))
        .outer(Variables.of(x))
        .minimize(Objective.of("size", w.squared().sum()))
        .steppedBy(Sgd.rate(0.1))
        .differentiatedBy(estimator);
  }

  /** Remembers what it compiles. */
  private static final class Recording extends ForwardingEngine {
    private final List<Program> programs = new ArrayList<>();

    Recording() {
      super(TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64));
    }

    @Override
    public Program compile(Step step) {
      Program program = super.compile(step);
      programs.add(program);
      return program;
    }

    int nodes(Predicate<String> name) {
      return programs.stream()
          .filter(program -> name.test(program.name()))
          .mapToInt(Program::nodeCount)
          .sum();
    }
  }

  private Recording recorded(int steps, HypergradientEstimator estimator) {
    try (Recording engine = new Recording()) {
      BilevelSolver.of(problem(steps, estimator), engine);
      return engine;
    }
  }

  private static boolean holdsCheckpoints(String program) {
    return program.endsWith("/keep") || program.endsWith("/drop");
  }

  /** A few nodes hold each checkpoint of each variable; all else is the same for any T. */
  @Test
  void whatIsCompiledDoesNotGrowWithTheSteps() {
    HypergradientEstimator estimator = Unrolled.exact().checkpointed(4);
    Recording few = recorded(8, estimator);
    Recording many = recorded(64, estimator);
    assertThat(many.programs).hasSameSizeAs(few.programs);
    assertThat(many.nodes(name -> !holdsCheckpoints(name)))
        .isEqualTo(few.nodes(name -> !holdsCheckpoints(name)));
    int variables = 3;
    int more = 14 * variables;
    assertThat(many.nodes(CheckpointedEstimateTest::holdsCheckpoints))
        .isLessThanOrEqualTo(few.nodes(CheckpointedEstimateTest::holdsCheckpoints) + 10 * more);
    assertThat(recorded(64, Unrolled.exact()).nodes(name -> true))
        .isGreaterThan(2 * many.nodes(name -> true));
  }

  @Test
  void forwardModeCompilesTheSameForAnyNumberOfSteps() {
    assertThat(recorded(64, ForwardMode.exact()).nodes(name -> true))
        .isEqualTo(recorded(8, ForwardMode.exact()).nodes(name -> true));
  }

  @Test
  void aFailedSolveLeavesAllAsItWas() {
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      BilevelSolver solver = BilevelSolver.of(problem(5, Unrolled.exact().checkpointed(2)), engine);
      Iterator<Array> feeds =
          List.of(Array.vector(0, 1), Array.vector(1, 1), Array.vector(Double.NaN, 1)).iterator();
      assertThatThrownBy(() -> solver.step(Feed.none(), () -> Feed.of(data, feeds.next())))
          .isInstanceOf(NotFiniteException.class)
          .hasMessage(
              """
              inner step 3: "inner/fit" is NaN.
                data  not finite: data""");
      assertThat(engine.read(w)).isEqualTo(Array.vector(1, 2));
      assertThat(engine.read(x)).isEqualTo(Array.vector(0.5, 0.5));
    }
  }
}
