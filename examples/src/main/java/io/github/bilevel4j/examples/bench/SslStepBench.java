package io.github.bilevel4j.examples.bench;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.examples.report.Table;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.SingleLevelSolver;
import io.github.bilevel4j.solver.Solver;
import io.github.bilevel4j.solver.estimator.Implicit;
import io.github.bilevel4j.solver.estimator.Unrolled;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import java.util.Map;

/**
 * Times a step of self-supervised training, and hypergradients of bi-level problems over the layers
 * after an early stage. A hypergradient's time is that of a whole outer step: inner step, right
 * side, Hessian-vector products, mixed product and outer update.
 */
public final class SslStepBench {
  private static final int ITERATIONS = 10;

  private SslStepBench() {}

  /** Times everything on an engine, and tells it as a table. */
  public static Table run(Workload workload, boolean augmented, int runs, Engine engine) {
    // All iterations are made, whatever the residual.
    HypergradientEstimator implicit = Implicit.by(ConjugateGradient.steps(ITERATIONS).tolerance(0));
    String training = "training step" + (augmented ? " with augmentation" : "");
    Map<String, Runnable> things =
        ImmutableMap.of(
            training,
            stepsOf(SingleLevelSolver.of(workload.training(augmented), engine)),
            "hypergradient, " + ITERATIONS + " CG iterations",
            stepsOf(BilevelSolver.of(workload.bilevel(implicit), engine)),
            "hypergradient, exact through 1 step",
            stepsOf(BilevelSolver.of(workload.bilevel(Unrolled.exact()), engine)),
            "UMM, exact through 1 step",
            stepsOf(BilevelSolver.of(workload.umm(Unrolled.exact()), engine)));
    Table table = Table.of("seconds", "median", "fastest", "slowest", "images/s");
    for (Map.Entry<String, Timing> row : Timing.byTurns(runs, things).entrySet()) {
      Timing time = row.getValue();
      table =
          table.formatted(
              "%s|%.3f|%.3f|%.3f|%.1f",
              row.getKey(),
              time.median(),
              time.fastest(),
              time.slowest(),
              workload.batch() / time.median());
    }
    return table;
  }

  private static Runnable stepsOf(Solver solver) {
    return () -> solver.step(Feed.none());
  }
}
