package io.github.bilevel4j.examples.ssl.recipe;

import static io.github.bilevel4j.head.MlpHead.Norm.AFFINE;

import io.github.bilevel4j.augment.Augmentations;
import io.github.bilevel4j.head.MlpHead;
import io.github.bilevel4j.optimizer.Adam;
import io.github.bilevel4j.optimizer.Schedule;
import io.github.bilevel4j.ssl.MethodContext;

/** What short runs on small images have in common; not published. */
final class Quick {
  private Quick() {}

  /** All of it; the predictor, the average and the queue are those of the methods that have one. */
  static Setup setup(MethodContext c) {
    int warmUp = Math.min(warmUp(c), c.steps() - 1);
    return Setup.of(
            c.mlp(2 * c.features(), 64).hiddenNorm(AFFINE),
            Augmentations.strongColor(c.side()),
            Adam.rate(Schedule.warmupCosine(3e-3, warmUp, c.steps())).weightDecay(1e-6))
        .predictor(MlpHead.layers(64, 128, 64).hiddenNorm(AFFINE))
        .tau(Schedule.constant(0.99))
        .queue(queue(c))
        .color(Parts.color(0.4, 0.4, 0.8, 0.2, 0.2))
        .warmUp(warmUp(c));
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
