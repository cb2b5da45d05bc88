package io.github.bilevel4j.run;

import static java.util.stream.Collectors.joining;

import com.google.common.base.Stopwatch;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.problem.Settings;
import io.github.bilevel4j.solver.Solver;
import io.github.bilevel4j.solver.step.NotFiniteException;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;
import org.immutables.value.Value;

/**
 * A training loop: one solver step after another, every measurement recorded, a progress bar with
 * rate and time left, and a stop at the first one that is not finite.
 */
@Value.Immutable
@Settings
public abstract class Training {
  Training() {}

  /** A loop of the given name, which appears beside the progress bar and in messages. */
  public static Training named(String name) {
    return ImmutableTraining.of(name);
  }

  @Value.Parameter
  abstract String name();

  @Value.Default
  MetricsListener listener() {
    return (step, measurements) -> {};
  }

  @Value.Default
  Progress progress() {
    return Progress.none();
  }

  @Value.Default
  BooleanSupplier interrupted() {
    return () -> false;
  }

  @Value.Default
  Epochs epochs() {
    return new Epochs(1, () -> {});
  }

  /** What is done before each epoch. */
  record Epochs(int steps, Runnable action) {
    void before(int step) {
      if (step % steps == 0) {
        action.run();
      }
    }
  }

  abstract Training epochs(Epochs epochs);

  /**
   * With an action before the first step of each epoch.
   *
   * @param steps the number of steps in an epoch
   * @throws UsageError if there is not one step or more
   */
  public Training onEpoch(int steps, Runnable action) {
    Require.in("training").atLeast(1, "number of steps in an epoch", steps);
    return epochs(new Epochs(steps, action));
  }

  /** With a listener that is called after every step. */
  public abstract Training listener(MetricsListener listener);

  /** With progress shown. */
  public abstract Training progress(Progress progress);

  /** With a question asked before every step: if the answer is yes the loop ends early. */
  public abstract Training interrupted(BooleanSupplier interrupted);

  /** How a loop ended: steps made, whether it was interrupted, and the last measurements. */
  public record Outcome(
      int steps, boolean interrupted, Duration time, ImmutableMap<String, Double> last) {}

  /**
   * Makes {@code steps} steps.
   *
   * @param feeds the inputs of each step
   * @throws DivergedException if a measurement is not finite, naming the first one, or the device
   *     refuses the numbers of a step: a matrix that is not positive definite, for instance
   */
  public Outcome run(Solver solver, int steps, IntFunction<Feed> feeds) {
    Stopwatch watch = Stopwatch.createStarted();
    ImmutableMap<String, Double> last = ImmutableMap.of();
    try (Progress.Bar bar = progress().start(name(), steps)) {
      for (int step = 0; step < steps; step++) {
        if (interrupted().getAsBoolean()) {
          return new Outcome(step, true, watch.elapsed(), last);
        }
        epochs().before(step);
        last = measured(solver, step, feeds.apply(step));
        bar.advance(last);
      }
    }
    return new Outcome(steps, false, watch.elapsed(), last);
  }

  private ImmutableMap<String, Double> measured(Solver solver, int step, Feed feed) {
    ImmutableMap<String, Double> measurements;
    try {
      measurements = solver.step(feed);
    } catch (NotFiniteException failure) {
      listener().measured(step, failure.measurements());
      throw diverged(step, failure);
    } catch (UsageError failure) {
      throw failure.getCause() == null ? failure : notComputed(step, failure);
    }
    listener().measured(step, measurements);
    try {
      NotFiniteException.requireFinite("step", measurements, feed);
    } catch (NotFiniteException failure) {
      throw diverged(step, failure);
    }
    return measurements;
  }

  /** What the solver tells of the data or of its levels stays. */
  private DivergedException diverged(int step, NotFiniteException failure) {
    String title =
        "training \"%s\": \"%s\" is %s at step %d."
            .formatted(name(), failure.term(), failure.measurements().get(failure.term()), step);
    String told = failure.getMessage().lines().skip(1).map(line -> "\n" + line).collect(joining());
    DivergedException diverged = new DivergedException(failure.term(), step, title + told);
    diverged.initCause(failure);
    return diverged;
  }

  /** What the device refuses has its error as cause: numbers that have run away, as a rule. */
  private DivergedException notComputed(int step, UsageError failure) {
    DivergedException told =
        new DivergedException(
            "",
            step,
            "training \"%s\": step %d cannot be computed.\n  %s"
                .formatted(name(), step, failure.getMessage().replace("\n", "\n  ")));
    told.initCause(failure);
    return told;
  }
}
