package io.github.bilevel4j.examples.ssl.recipe;

import static io.github.bilevel4j.head.MlpHead.Norm.AFFINE;

import io.github.bilevel4j.augment.Augmentations;
import io.github.bilevel4j.head.MlpHead;
import io.github.bilevel4j.optimizer.Adam;
import io.github.bilevel4j.optimizer.Schedule;
import io.github.bilevel4j.ssl.MethodContext;
import java.util.stream.IntStream;

/** What the W-MSE authors' program (htdt/self-supervised) does for all methods alike. */
final class Htdt {
  private Htdt() {}

  /** All of it; the predictor, the average and the queue are those of the methods that have one. */
  static Setup setup(MethodContext c) {
    return Setup.of(
            c.mlp(1024, 64).hiddenNorm(AFFINE),
            Augmentations.htdt(c.side()),
            Adam.rate(rate(c)).weightDecay(1e-6))
        .predictor(MlpHead.layers(64, 1024, 64).hiddenNorm(AFFINE))
        .tau(Schedule.constant(0.99))
        .queue(Quick.queue(c))
        .color(Parts.color(0.4, 0.4, 0.4, 0.1, 0.1))
        .warmUp(SoloLearn.warmUp(c));
  }

  /**
   * A rise in 500 steps, and a fifth from the last 50 and again from the last 25 epochs on of
   * longer runs.
   */
  static Schedule rate(MethodContext c) {
    int[] drops =
        IntStream.of(50, 25)
            .filter(last -> c.epochs() > last)
            .map(last -> (c.epochs() - last) * c.perEpoch())
            .toArray();
    return Schedule.linear(3e-3 / 500, 3e-3, 499).times(Schedule.stepDecay(1, 0.2, drops));
  }
}
