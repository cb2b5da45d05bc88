package io.github.bilevel4j.experiment;

import com.google.common.base.Stopwatch;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.checkpoint.Checkpoint;
import io.github.bilevel4j.checkpoint.Checkpointing;
import io.github.bilevel4j.checkpoint.Checkpoints;
import io.github.bilevel4j.experiment.RunState.Ended;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.file.FailedWrites;
import io.github.bilevel4j.file.WriteException;
import io.github.bilevel4j.run.Training;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The trainings of a run, one after another, and what is computed between them, with checkpoints
 * from which all of it goes on: a program that makes the same calls again gets the results of what
 * had ended, and goes on in the midst of what had not.
 */
public final class Phases implements AutoCloseable {
  private final Checkpointing checkpointing;
  private final String data;
  private final Optional<RunState> resumed;
  private Optional<Checkpoint> checkpoint;
  private final List<Ended> ended = new ArrayList<>();
  private final Map<String, Object> computed = new LinkedHashMap<>();
  private Supplier<Map<String, Long>> lengths = ImmutableMap::of;

  private Phases(
      Checkpoints checkpoints,
      CheckpointSettings settings,
      String data,
      Optional<Checkpoint> checkpoint,
      FailedWrites failures) {
    this.checkpointing = new Checkpointing(checkpoints, settings.interval(), failures);
    this.data = data;
    this.checkpoint = checkpoint;
    this.resumed = checkpoint.map(RunState::of);
    resumed.ifPresent(from -> computed.putAll(from.computed()));
  }

  /**
   * From the beginning.
   *
   * @param folder of the checkpoints
   * @param data what tells whether they are the same when it is resumed
   * @param failures hears of checkpoints that cannot be written
   */
  public static Phases begin(
      Path folder, CheckpointSettings settings, String data, FailedWrites failures) {
    return new Phases(
        new Checkpoints(folder, settings.keep()), settings, data, Optional.empty(), failures);
  }

  /**
   * From the newest intact checkpoint, from the beginning if there is none.
   *
   * @param told hears where it goes on, and of checkpoints that are damaged, in one line each
   * @throws io.github.bilevel4j.check.UsageError if the data are others, or the checkpoint is not
   *     of such phases
   * @throws WriteException if what a killed program has left there cannot be deleted
   */
  public static Phases resume(
      Path folder,
      CheckpointSettings settings,
      String data,
      FailedWrites failures,
      Consumer<String> told) {
    Checkpoints checkpoints = new Checkpoints(folder, settings.keep());
    checkpoints.removeLeftovers();
    Optional<Checkpoint> from = checkpoints.newest(told);
    Optional<RunState> stood = from.map(RunState::of);
    stood.ifPresent(state -> state.requireSameData(data));
    told.accept(
        stood
            .map(state -> "goes on " + position(state))
            .orElse("there is no checkpoint: begins anew"));
    return new Phases(checkpoints, settings, data, from, failures);
  }

  /** Where they go on. */
  String position() {
    return resumed.map(Phases::position).orElse("none");
  }

  private static String position(RunState state) {
    return "after %d steps of %s".formatted(state.step(), state.phase());
  }

  /** Whether they go on from a checkpoint. */
  public boolean isResumed() {
    return resumed.isPresent();
  }

  /**
   * Notes the lengths of files that grow with the trainings, in each checkpoint.
   *
   * @param lengths by name, asked while the training waits; the files are forced to the disk then
   */
  public void noting(Supplier<Map<String, Long>> lengths) {
    this.lengths = lengths;
  }

  /** The length that a file had at the checkpoint; zero without one. */
  public long length(String file) {
    return resumed.map(from -> from.lengths().getOrDefault(file, 0L)).orElse(0L);
  }

  /**
   * Trains. A training that had ended before the checkpoint is not made again; that in which it was
   * written goes on from there.
   *
   * @param loop whose name is that of the phase
   * @param more what to keep besides the solver's variables
   * @param steps makes the steps of the loop
   * @return with the time of the steps before, too
   */
  public Training.Outcome train(
      Training loop, Engine engine, Variables more, Function<Training, Training.Outcome> steps) {
    int number = ended.size() + 1;
    Optional<RunState> before = resumed.filter(from -> from.number() >= number);
    Optional<Ended> done = before.flatMap(from -> from.ended(number));
    if (done.isPresent()) {
      ended.add(done.get());
      return done.get().outcome(false);
    }
    double secondsBefore = before.map(RunState::seconds).orElse(0.0);
    Stopwatch watch = Stopwatch.createStarted();
    Training training =
        loop.hook(
            checkpointing.phase(
                number,
                loop.name(),
                engine,
                more,
                moment ->
                    new RunState(
                            number,
                            loop.name(),
                            moment.steps(),
                            moment.last(),
                            secondsBefore + seconds(watch.elapsed()),
                            lengths.get(),
                            ImmutableList.copyOf(ended),
                            ImmutableMap.copyOf(computed),
                            data)
                        .notes(),
                taken(before.isPresent())));
    if (before.isPresent()) {
      training = training.startingAt(before.get().step(), before.get().last());
    }
    Training.Outcome outcome = steps.apply(training);
    Ended end = new Ended(outcome.steps(), secondsBefore + seconds(outcome.time()), outcome.last());
    ended.add(end);
    return end.outcome(outcome.interrupted());
  }

  /** The checkpoint, which is needed once. */
  private Optional<Checkpoint> taken(boolean isNeeded) {
    Optional<Checkpoint> from = checkpoint;
    checkpoint = Optional.empty();
    return isNeeded ? from : Optional.empty();
  }

  private static double seconds(Duration time) {
    return time.toMillis() / 1000.0;
  }

  /**
   * What is computed between trainings, an evaluation for instance: what was computed before the
   * checkpoint is not computed again.
   *
   * @param type of the value: a record, list or map of numbers and texts, that JSON can hold
   */
  public <T> T once(String name, Class<T> type, Supplier<T> value) {
    if (computed.containsKey(name)) {
      return RunState.value(computed.get(name), type);
    }
    T result = value.get();
    computed.put(name, result);
    return result;
  }

  @Override
  public void close() {
    checkpointing.close();
  }
}
