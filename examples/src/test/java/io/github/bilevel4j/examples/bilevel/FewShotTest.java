package io.github.bilevel4j.examples.bilevel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.examples.bench.Agreement;
import io.github.bilevel4j.examples.bilevel.FewShotRun.Errors;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.run.Training;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.estimator.Implicit;
import io.github.bilevel4j.solver.estimator.Unrolled;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class FewShotTest {
  private static final HypergradientEstimator IMPLICIT =
      Implicit.by(ConjugateGradient.steps(30).safeguarded());

  private static Engine engine() {
    return TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64);
  }

  private static ImmutableMap<String, Array> hypergradient(HypergradientEstimator estimator) {
    ImplicitMaml maml = ImplicitMaml.of(2, 10, 1);
    try (Engine engine = engine()) {
      return BilevelSolver.of(maml.problem(1, estimator), engine)
          .hypergradient(maml.tasks().drawn(new Draws(1)));
    }
  }

  @Test
  void implicitAndUnrolledHypergradientsAgree() {
    Agreement agreement = Agreement.of(hypergradient(IMPLICIT), hypergradient(Unrolled.exact()));
    assertThat(agreement.cosine()).isGreaterThan(0.9);
  }

  @Test
  void aTasksPointsLieOnOneSine() {
    SinusoidTasks tasks = SinusoidTasks.batch(20, 3);
    try (Engine engine = engine()) {
      Program points =
          engine.compile(Step.named("points").output("x", tasks.x()).output("y", tasks.y()));
      Results drawn = points.run(tasks.drawn(new Draws(2)).limitedTo(points));
      double largest = 0;
      for (int task = 0; task < 20; task++) {
        double[] x = Arrays.copyOfRange(drawn.get("x").toDoubles(), 3 * task, 3 * task + 3);
        double[] y = Arrays.copyOfRange(drawn.get("y").toDoubles(), 3 * task, 3 * task + 3);
        // A sin(x - b) for three x: their combination with these weights is zero for all A and b.
        double sum =
            y[0] * Math.sin(x[1] - x[2])
                + y[1] * Math.sin(x[2] - x[0])
                + y[2] * Math.sin(x[0] - x[1]);
        assertThat(sum).isCloseTo(0, within(1e-12));
        largest = Math.max(largest, Math.abs(y[0]));
      }
      assertThat(largest).isBetween(2.0, 5.0);
    }
  }

  @Test
  void learningLowersTheErrorAfterAdaptation() {
    try (Engine engine = engine()) {
      FewShotRun run = new FewShotRun(10, 20, Unrolled.exact(), 1, engine);
      Errors random = run.tried();
      run.learn(Training.named("learning"));
      Errors learned = run.tried();
      assertThat(random.after()).isLessThan(random.before());
      assertThat(learned.after()).isLessThan(0.9 * random.after());
    }
  }
}
