package io.github.bilevel4j.examples.bench;

import com.google.common.base.Ascii;
import com.google.common.base.Stopwatch;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.solver.BilevelSolver;
import java.util.concurrent.TimeUnit;

/**
 * What was measured of one way to compute a hypergradient. Times are in milliseconds.
 *
 * @param method in words
 * @param size iterations or steps; 0 if it has none
 * @param device in words
 * @param precision the engine's
 * @param runs the number of measured calls
 * @param median of a call
 * @param fastest call
 * @param slowest call
 * @param processor processor time of a call on average, all threads together
 * @param firstCall seconds from the problem to the end of the first call, which prepares the device
 * @param memory the most resident memory of the host in MiB above that before the first call; not a
 *     number where the system does not tell it
 * @param error relative to the exact hypergradient
 */
public record HypergradientTime(
    String method,
    int size,
    String device,
    String precision,
    int runs,
    double median,
    double fastest,
    double slowest,
    double processor,
    double firstCall,
    double memory,
    double error) {

  private static final int WARM_UP = 2;

  /**
   * Measures on an engine that is not used for anything else. What the process held and freed
   * before lowers the memory that it is seen to need.
   */
  public static HypergradientTime of(
      Candidate candidate, Reference reference, Measured.Effort effort, Engine engine) {
    Stopwatch firstCall = Stopwatch.createStarted();
    BilevelSolver solver = BilevelSolver.of(candidate.problem().apply(reference), engine);
    firstCall.stop();
    ResidentMemory memory = ResidentMemory.watched();
    firstCall.start();
    double error = reference.relativeError(solver.hypergradient(Feed.none()));
    firstCall.stop();
    Measured time = Measured.of(WARM_UP, effort, () -> solver.hypergradient(Feed.none()));
    return new HypergradientTime(
        candidate.method(),
        candidate.size(),
        engine.device().toString(),
        Ascii.toLowerCase(engine.precision().name()),
        time.wall().seconds().size(),
        1e3 * time.wall().median(),
        1e3 * time.wall().fastest(),
        1e3 * time.wall().slowest(),
        1e3 * time.processor(),
        firstCall.elapsed(TimeUnit.NANOSECONDS) / 1e9,
        memory.peak().orElse(Double.NaN),
        error);
  }

  /** The time of one more iteration, from the medians of this and of a smaller size. */
  public double perIteration(HypergradientTime smaller) {
    return (median - smaller.median) / (size - smaller.size);
  }
}
