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
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Times a step of self-supervised training, and hypergradients of bi-level problems over the layers
 * after an early stage. A hypergradient's time is that of a whole outer step: inner step, right
 * side, Hessian-vector products, mixed product and outer update.
 */
public final class SslStepBench {
  private static final int ITERATIONS = 10;

  private SslStepBench() {}

  /** What is timed. */
  public enum Part {
    /** A step of self-supervised training. */
    TRAINING("training step"),
    /** A hypergradient by conjugate gradients. */
    CG("hypergradient, " + ITERATIONS + " CG iterations"),
    /** A hypergradient through one inner step. */
    EXACT("hypergradient, exact through 1 step"),
    /** The same of UMM with its memorization term. */
    UMM("UMM, exact through 1 step");

    private final String title;

    Part(String title) {
      this.title = title;
    }

    private Solver solver(Workload workload, boolean augmented, Engine engine) {
      // All iterations are made, whatever the residual.
      HypergradientEstimator implicit =
          Implicit.by(ConjugateGradient.steps(ITERATIONS).tolerance(0));
      return switch (this) {
        case TRAINING -> SingleLevelSolver.of(workload.training(augmented), engine);
        case CG -> BilevelSolver.of(workload.bilevel(implicit), engine);
        case EXACT -> BilevelSolver.of(workload.bilevel(Unrolled.exact()), engine);
        case UMM -> BilevelSolver.of(workload.umm(Unrolled.exact()), engine);
      };
    }

    /** The name on the command line. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Times some parts on an engine, by turns. */
  public static ImmutableMap<String, Timing> run(
      Set<Part> parts, Workload workload, boolean augmented, int runs, Engine engine) {
    Map<String, Runnable> things = new LinkedHashMap<>();
    for (Part part : parts) {
      Solver solver = part.solver(workload, augmented, engine);
      String with = part == Part.TRAINING && augmented ? " with augmentation" : "";
      things.put(part.title + with, () -> solver.step(Feed.none()));
    }
    return Timing.byTurns(runs, things);
  }

  /** The times as a table. */
  public static Table table(Map<String, Timing> times, int batch) {
    Table table = Table.of("seconds", "median", "fastest", "slowest", "images/s");
    for (Map.Entry<String, Timing> row : times.entrySet()) {
      Timing time = row.getValue();
      table =
          table.formatted(
              "%s|%.3f|%.3f|%.3f|%.1f",
              row.getKey(), time.median(), time.fastest(), time.slowest(), batch / time.median());
    }
    return table;
  }
}
