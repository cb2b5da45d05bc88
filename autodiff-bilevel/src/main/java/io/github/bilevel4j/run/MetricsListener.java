package io.github.bilevel4j.run;

import com.google.common.collect.ImmutableMap;

/** A hook that is called with the measurements of every step, also of one that fails. */
@FunctionalInterface
public interface MetricsListener extends TrainingHook {

  /** The measurements of a step, counted from zero, by name. */
  void measured(int step, ImmutableMap<String, Double> measurements);

  @Override
  default void onStepEnd(int step, ImmutableMap<String, Double> measurements) {
    measured(step, measurements);
  }

  @Override
  default void onFailure(int step, ImmutableMap<String, Double> measurements) {
    measured(step, measurements);
  }
}
