package io.github.bilevel4j.examples.ssl.recipe;

import io.github.bilevel4j.augment.Augmentations;
import io.github.bilevel4j.head.MlpHead;
import io.github.bilevel4j.optimizer.Adam;
import io.github.bilevel4j.optimizer.Schedule;
import io.github.bilevel4j.problem.Optimizer;
import io.github.bilevel4j.ssl.MethodContext;
import java.util.stream.IntStream;

/** What the W-MSE authors' program (htdt/self-supervised) does for all methods alike. */
final class Htdt {
  private static final int WARM_UP = 500;
  private static final double RATE = 3e-3;

  private Htdt() {}

  /** The views and the optimizer of all methods, with a projector. */
  static Setup setup(MethodContext c, MlpHead projector) {
    return Setup.of(projector, Augmentations.htdt(c.side()), adam(c));
  }

  /** Adam. */
  static Optimizer adam(MethodContext c) {
    return Adam.rate(rate(c)).weightDecay(1e-6);
  }

  /** A rise, and a fifth from the last 50 and again from the last 25 epochs on of longer runs. */
  static Schedule rate(MethodContext c) {
    int[] drops =
        IntStream.of(50, 25)
            .filter(last -> c.epochs() > last)
            .map(last -> (c.epochs() - last) * c.perEpoch())
            .toArray();
    return Schedule.linear(RATE / WARM_UP, RATE, WARM_UP - 1)
        .times(Schedule.stepDecay(1, 0.2, drops));
  }
}
