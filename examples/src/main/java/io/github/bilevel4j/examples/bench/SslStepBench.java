package io.github.bilevel4j.examples.bench;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.check.ResidentSet;
import io.github.bilevel4j.examples.report.Table;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.SingleLevelSolver;
import io.github.bilevel4j.solver.Solver;
import io.github.bilevel4j.solver.estimator.Implicit;
import io.github.bilevel4j.solver.estimator.Unrolled;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
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

  /**
   * What a part needed.
   *
   * @param time of its runs
   * @param peak bytes that the process held at most during any of them, the first one included,
   *     which compiles; empty where the system does not tell
   */
  public record Need(Timing time, OptionalLong peak) {}

  /** Measures some parts on an engine, by turns. */
  public static ImmutableMap<String, Need> run(
      Set<Part> parts, Workload workload, boolean augmented, int runs, Engine engine) {
    Map<String, Runnable> things = new LinkedHashMap<>();
    Map<String, Long> peaks = new HashMap<>();
    for (Part part : parts) {
      Solver solver = part.solver(workload, augmented, engine);
      String with = part == Part.TRAINING && augmented ? " with augmentation" : "";
      String title = part.title + with;
      things.put(
          title,
          () -> {
            boolean watched = ResidentSet.resetPeak();
            solver.step(Feed.none());
            if (watched) {
              ResidentSet.peak().ifPresent(peak -> peaks.merge(title, peak, Math::max));
            }
          });
    }
    ImmutableMap.Builder<String, Need> needs = ImmutableMap.builder();
    Timing.byTurns(runs, things)
        .forEach(
            (title, time) ->
                needs.put(
                    title,
                    new Need(
                        time,
                        peaks.containsKey(title)
                            ? OptionalLong.of(peaks.get(title))
                            : OptionalLong.empty())));
    return needs.buildOrThrow();
  }

  /** The times and peaks as a table. */
  public static Table table(Map<String, Need> needs, int batch) {
    Table table = Table.of("seconds", "median", "fastest", "slowest", "images/s", "peak MB");
    for (Map.Entry<String, Need> row : needs.entrySet()) {
      Timing time = row.getValue().time();
      table =
          table.formatted(
              "%s|%.3f|%.3f|%.3f|%.1f|%s",
              row.getKey(),
              time.median(),
              time.fastest(),
              time.slowest(),
              batch / time.median(),
              row.getValue().peak().isPresent()
                  ? Long.toString(row.getValue().peak().getAsLong() >> 20)
                  : "n/a");
    }
    return table;
  }
}
