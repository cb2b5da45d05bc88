package io.github.bilevel4j.examples.ssl.recipe;

import io.github.bilevel4j.augment.Augmentations;
import io.github.bilevel4j.head.MlpHead;
import io.github.bilevel4j.optimizer.Adam;
import io.github.bilevel4j.optimizer.Schedule;
import io.github.bilevel4j.problem.Optimizer;
import io.github.bilevel4j.ssl.MethodContext;

/** What short runs on small images have in common; not published. */
final class Quick {
  private static final double RATE = 3e-3;

  private Quick() {}

  /** The views and the optimizer of all methods, with a projector. */
  static Setup setup(MethodContext c, MlpHead projector) {
    return Setup.of(projector, Augmentations.strongColor(c.side()), adam(c));
  }

  /** Adam, its rate along a cosine after the warm-up. */
  static Optimizer adam(MethodContext c) {
    int steps = c.steps();
    return Adam.rate(Schedule.warmupCosine(RATE, Math.min(warmUp(c), steps - 1), steps))
        .weightDecay(1e-6);
  }

  /** The number of steps of the warm-up: of ten epochs, but of a tenth of the run at most. */
  static int warmUp(MethodContext c) {
    return Math.max(1, Math.min(10 * c.perEpoch(), c.steps() / 10));
  }

  /** The rows of a queue: 32 batches, but a quarter of an epoch at most. */
  static int queue(MethodContext c) {
    // With more an image would meet its own keys of the epoch before.
    return c.batch() * Math.max(1, Math.min(32, c.perEpoch() / 4));
  }

  /** The width of embeddings of which a batch can fill all dimensions: 64, but half a batch. */
  static int narrow(MethodContext c) {
    return Math.max(2, Math.min(64, c.batch() / 2));
  }
}
