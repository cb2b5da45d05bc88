package io.github.bilevel4j.examples.bench;

import com.google.common.util.concurrent.Uninterruptibles;
import io.github.bilevel4j.check.ResidentSet;
import java.time.Duration;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** The resident set of this process, natives included, where Linux tells it. */
final class ResidentMemory {
  private static final Duration PAUSE = Duration.ofMillis(100);
  private static final int PATIENCE = 20;

  private final OptionalLong before;

  private ResidentMemory(OptionalLong before) {
    this.before = before;
  }

  /** Begins to watch: what the process holds now is not counted. */
  static ResidentMemory watched() {
    System.gc();
    settle();
    return new ResidentMemory(ResidentSet.resetPeak() ? ResidentSet.now() : OptionalLong.empty());
  }

  /** The collector gives memory back to the system in the background. */
  private static void settle() {
    long last = Long.MAX_VALUE;
    long now = ResidentSet.now().orElse(0);
    for (int i = 0; i < PATIENCE && now < last; i++) {
      Uninterruptibles.sleepUninterruptibly(PAUSE);
      last = now;
      now = ResidentSet.now().orElse(0);
    }
  }

  /**
   * The most memory above that at the beginning, in MiB. A lower bound: memory that was freed
   * before is used again.
   */
  OptionalDouble peak() {
    OptionalLong peak = ResidentSet.peak();
    return before.isPresent() && peak.isPresent()
        ? OptionalDouble.of(Math.max(0, peak.getAsLong() - before.getAsLong()) / 0x1p20)
        : OptionalDouble.empty();
  }
}
