package io.github.bilevel4j.run;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.solver.Solver;
import java.util.function.IntConsumer;

/**
 * What a training loop calls: monitors, evaluations, schedules, checkpoints. Steps and epochs count
 * from zero. All methods do nothing unless they are overridden; what they throw ends the training.
 */
public interface TrainingHook {

  /** Before the first step of this loop, which need not be that of the training. */
  default void onStart(Solver solver) {}

  /** Before the first step of an epoch. */
  default void onEpochStart(int epoch) {}

  /** Before each step. */
  default void onStepStart(int step) {}

  /** After each step. */
  default void onStepEnd(int step, ImmutableMap<String, Double> measurements) {}

  /** After a step of which something is not finite, with what was measured. */
  default void onFailure(int step, ImmutableMap<String, Double> measurements) {}

  /** After the last step of an epoch. */
  default void onEpochEnd(int epoch) {}

  /** After the last step of this loop, the last one or that of an interruption. */
  default void onEnd(Training.Outcome outcome) {}

  /** An action before each epoch. */
  static TrainingHook epochStart(IntConsumer action) {
    return new TrainingHook() {
      @Override
      public void onEpochStart(int epoch) {
        action.accept(epoch);
      }
    };
  }

  /** An action after each epoch. */
  static TrainingHook epochEnd(IntConsumer action) {
    return new TrainingHook() {
      @Override
      public void onEpochEnd(int epoch) {
        action.accept(epoch);
      }
    };
  }
}
