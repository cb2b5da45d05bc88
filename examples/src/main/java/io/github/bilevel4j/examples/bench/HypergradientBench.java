package io.github.bilevel4j.examples.bench;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.solver.BilevelSolver;
import java.util.Locale;

/** Time, memory and error of one way to compute a hypergradient. */
public final class HypergradientBench {
  private static final int WARM_UP = 2;

  private HypergradientBench() {}

  /**
   * Measures on an engine that is not used for anything else. What the process held and freed
   * before lowers the memory that it is seen to need.
   */
  public static HypergradientTime of(
      Candidate candidate, Reference reference, Measured.Effort effort, Engine engine) {
    long start = System.nanoTime();
    BilevelSolver solver = BilevelSolver.of(candidate.problem().apply(reference), engine);
    double building = secondsSince(start);
    ResidentMemory memory = ResidentMemory.watched();
    start = System.nanoTime();
    double error = reference.relativeError(solver.hypergradient(Feed.none()));
    double firstCall = building + secondsSince(start);
    Measured time = Measured.of(WARM_UP, effort, () -> solver.hypergradient(Feed.none()));
    return new HypergradientTime(
        candidate.method(),
        candidate.size(),
        engine.device().toString(),
        engine.precision().name().toLowerCase(Locale.ROOT),
        time.wall().seconds().size(),
        1e3 * time.wall().median(),
        1e3 * time.wall().fastest(),
        1e3 * time.wall().slowest(),
        1e3 * time.processor(),
        firstCall,
        memory.peak().orElse(Double.NaN),
        error);
  }

  private static double secondsSince(long start) {
    return (System.nanoTime() - start) / 1e9;
  }
}
