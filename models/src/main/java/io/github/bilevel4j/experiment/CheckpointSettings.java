package io.github.bilevel4j.experiment;

import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.checkpoint.Interval;
import java.util.Optional;

/**
 * Which checkpoints a run writes.
 *
 * @param interval between two; without it there are none
 * @param keep the number of those that are kept
 */
public record CheckpointSettings(Optional<Interval> interval, int keep) {
  /**
   * @throws UsageError if none is to be kept
   */
  public CheckpointSettings {
    Require.in("checkpoints").atLeast(1, "number to keep", keep);
  }

  /** Every ten minutes and at the end of each training; the last three. */
  public static final CheckpointSettings DEFAULT =
      new CheckpointSettings(Optional.of(new Interval(10, Interval.Unit.MINUTES)), 3);
}
