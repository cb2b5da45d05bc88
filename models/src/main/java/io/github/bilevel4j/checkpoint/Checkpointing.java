package io.github.bilevel4j.checkpoint;

import com.google.common.base.Stopwatch;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Iterables;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.check.Heap;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.file.FailedWrites;
import io.github.bilevel4j.file.WriteException;
import io.github.bilevel4j.run.Training;
import io.github.bilevel4j.run.TrainingHook;
import io.github.bilevel4j.solver.Solver;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Writes checkpoints while trainings go on, and at their end, which may be an interruption.
 * Training waits for the copy from the device only; the file is written beside it, one at a time.
 * Where the process is to keep within a budget, or Java has no room for a copy, training waits for
 * the file. A checkpoint that cannot be written is told once, those before it stay.
 */
public final class Checkpointing implements AutoCloseable {
  private final Checkpoints checkpoints;
  private final Optional<Interval> interval;
  private final FailedWrites failures;
  private final ExecutorService writer =
      Executors.newSingleThreadExecutor(
          work -> {
            Thread thread = new Thread(work, "checkpoints");
            thread.setDaemon(true);
            return thread;
          });

  private Optional<Future<?>> unfinished = Optional.empty();

  /**
   * Into a folder.
   *
   * @param interval between two; none is written at all without it
   * @param failures hears of those that cannot be written
   */
  public Checkpointing(
      Checkpoints checkpoints, Optional<Interval> interval, FailedWrites failures) {
    this.checkpoints = checkpoints;
    this.interval = interval;
    this.failures = failures;
  }

  /** The step of a training, with the measurements of the last one made. */
  public record Moment(int steps, ImmutableMap<String, Double> last) {}

  /**
   * A hook for one training.
   *
   * @param phase its number, counted from one
   * @param more what to keep besides the solver's variables
   * @param notes what to note of a moment, asked while the training waits
   * @param from what its variables are set to before the first step
   */
  public TrainingHook phase(
      int phase,
      String name,
      Engine engine,
      Variables more,
      Function<Moment, Map<String, String>> notes,
      Optional<Checkpoint> from) {
    return new Phase(phase, name, engine, more, notes, from);
  }

  private final class Phase implements TrainingHook {
    private final int phase;
    private final String name;
    private final Engine engine;
    private final Variables more;
    private final Function<Moment, Map<String, String>> notes;
    private Optional<Checkpoint> from;
    private final Stopwatch sinceLast = Stopwatch.createUnstarted();
    private Variables state = Variables.none();
    private int saved = -1;
    private Moment now = new Moment(0, ImmutableMap.of());

    Phase(
        int phase,
        String name,
        Engine engine,
        Variables more,
        Function<Moment, Map<String, String>> notes,
        Optional<Checkpoint> from) {
      this.phase = phase;
      this.name = name;
      this.engine = engine;
      this.more = more;
      this.notes = notes;
      this.from = from;
    }

    @Override
    public void onStart(Solver solver) {
      state =
          Variables.numbered(
              Iterables.concat(more.leaves().values(), solver.state().leaves().values()));
      from.ifPresent(this::restore);
      // As large as the state: not to be kept as long as the training goes on.
      from = Optional.empty();
      sinceLast.start();
    }

    private void restore(Checkpoint checkpoint) {
      checkpoint.restore(state, engine);
      if (engine.processBudget().isPresent()) {
        // Java's heap, which counts, has grown by what was read.
        System.gc();
      }
    }

    @Override
    public void onStepEnd(int step, ImmutableMap<String, Double> measurements) {
      now = new Moment(step + 1, measurements);
      if (isDue(Interval.Unit.STEPS, now.steps()) || isDue(Interval.Unit.MINUTES, 0)) {
        save();
      }
    }

    @Override
    public void onEpochEnd(int epoch) {
      if (isDue(Interval.Unit.EPOCHS, epoch + 1)) {
        save();
      }
    }

    private boolean isDue(Interval.Unit unit, int made) {
      return interval
          .filter(each -> each.unit() == unit)
          .filter(
              each ->
                  unit == Interval.Unit.MINUTES
                      ? sinceLast.elapsed(TimeUnit.MINUTES) >= each.count()
                      : made % each.count() == 0)
          .isPresent();
    }

    @Override
    public void onEnd(Training.Outcome outcome) {
      await();
      if (interval.isPresent() && saved < outcome.steps()) {
        now = new Moment(outcome.steps(), outcome.last());
        save();
        await();
      }
    }

    /** Leaves it out while the one before is still being written. */
    private void save() {
      if (unfinished.filter(future -> !future.isDone()).isPresent()) {
        return;
      }
      await();
      Checkpoints.Position position = new Checkpoints.Position(phase, name, now.steps());
      try {
        Map<String, String> noted = notes.apply(now);
        if (hasRoomForCopy()) {
          Checkpoint copy = Checkpoint.of(state, engine, noted);
          unfinished = Optional.of(writer.submit(() -> write(position, copy::write)));
        } else {
          write(position, file -> Checkpoint.write(file, state, engine, noted));
        }
      } catch (WriteException failure) {
        failures.note(checkpoints.folder(), failure);
      }
      saved = now.steps();
      sinceLast.reset().start();
    }

    private boolean hasRoomForCopy() {
      long size = state.leaves().values().stream().mapToLong(each -> each.shape().size()).sum();
      return engine.processBudget().isEmpty() && !Heap.lacks(size * engine.precision().bytes());
    }
  }

  private void write(Checkpoints.Position position, Consumer<Path> checkpoint) {
    failures.attempt(checkpoints.folder(), () -> checkpoints.write(position, checkpoint));
  }

  /** Until nothing is being written. */
  private void await() {
    try {
      if (unfinished.isPresent()) {
        unfinished.get().get();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } finally {
      unfinished = Optional.empty();
    }
  }

  @Override
  public void close() {
    await();
    writer.shutdown();
  }
}
