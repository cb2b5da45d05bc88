package io.github.bilevel4j.run;

import static java.util.stream.Collectors.joining;

import com.google.common.base.Stopwatch;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Iterables;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.problem.Settings;
import io.github.bilevel4j.solver.Solver;
import io.github.bilevel4j.solver.step.NotFiniteException;
import java.time.Duration;
import java.util.Map;
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

  /** The name. */
  @Value.Parameter
  public abstract String name();

  @Value.Default
  ImmutableList<TrainingHook> hooks() {
    return ImmutableList.of();
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
  int stepsPerEpoch() {
    return Integer.MAX_VALUE;
  }

  @Value.Default
  Position start() {
    return new Position(0, ImmutableMap.of());
  }

  /** After so many steps, with the measurements of the last one. */
  record Position(int step, ImmutableMap<String, Double> last) {}

  /**
   * With so many steps in an epoch; without it all steps are in one.
   *
   * @throws UsageError if there is not one step or more
   */
  public abstract Training stepsPerEpoch(int steps);

  /** With one more hook, called after those before it. */
  public Training hook(TrainingHook hook) {
    return hooks(Iterables.concat(hooks(), ImmutableList.of(hook)));
  }

  abstract Training hooks(Iterable<? extends TrainingHook> hooks);

  /**
   * As if steps had been made before: the next one has this number. Their hooks are not called.
   *
   * @param last the measurements of the last one
   * @throws UsageError if the number is negative
   */
  public Training startingAt(int step, Map<String, Double> last) {
    return start(new Position(step, ImmutableMap.copyOf(last)));
  }

  abstract Training start(Position start);

  @Value.Check
  void check() {
    Require.in("training")
        .atLeast(1, "number of steps in an epoch", stepsPerEpoch())
        .atLeast(0, "number of steps before", start().step());
  }

  /** With progress shown. */
  public abstract Training progress(Progress progress);

  /** With a question asked before every step: if the answer is yes the loop ends early. */
  public abstract Training interrupted(BooleanSupplier interrupted);

  /**
   * How a loop ended.
   *
   * @param steps all that were made, those before it began included
   * @param time of this loop alone
   */
  public record Outcome(
      int steps, boolean interrupted, Duration time, ImmutableMap<String, Double> last) {}

  /**
   * Makes steps until there are {@code steps}.
   *
   * @param feeds the inputs of each step
   * @throws DivergedException if a measurement is not finite, naming the first one, or the device
   *     refuses the numbers of a step: a matrix that is not positive definite, for instance
   */
  public Outcome run(Solver solver, int steps, IntFunction<Feed> feeds) {
    Stopwatch watch = Stopwatch.createStarted();
    ImmutableMap<String, Double> last = start().last();
    int step = start().step();
    hooks().forEach(hook -> hook.onStart(solver));
    try (Progress.Bar bar = progress().start(name(), step, steps)) {
      while (step < steps && !interrupted().getAsBoolean()) {
        last = measured(solver, step, feeds);
        bar.advance(last);
        step++;
      }
    }
    Outcome outcome = new Outcome(step, step < steps, watch.elapsed(), last);
    hooks().forEach(hook -> hook.onEnd(outcome));
    return outcome;
  }

  private ImmutableMap<String, Double> measured(Solver solver, int step, IntFunction<Feed> feeds) {
    if (step % stepsPerEpoch() == 0) {
      hooks().forEach(hook -> hook.onEpochStart(step / stepsPerEpoch()));
    }
    hooks().forEach(hook -> hook.onStepStart(step));
    Feed feed = feeds.apply(step);
    ImmutableMap<String, Double> measurements;
    try {
      measurements = solver.step(feed);
    } catch (NotFiniteException failure) {
      hooks().forEach(hook -> hook.onFailure(step, failure.measurements()));
      throw diverged(step, failure);
    } catch (UsageError failure) {
      throw failure.getCause() == null ? failure : notComputed(step, failure);
    }
    try {
      NotFiniteException.requireFinite("step", measurements, feed);
    } catch (NotFiniteException failure) {
      hooks().forEach(hook -> hook.onFailure(step, measurements));
      throw diverged(step, failure);
    }
    hooks().forEach(hook -> hook.onStepEnd(step, measurements));
    if ((step + 1) % stepsPerEpoch() == 0) {
      hooks().forEach(hook -> hook.onEpochEnd(step / stepsPerEpoch()));
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
