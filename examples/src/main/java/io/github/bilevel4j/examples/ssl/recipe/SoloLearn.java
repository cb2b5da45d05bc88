package io.github.bilevel4j.examples.ssl.recipe;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.optimizer.Lars;
import io.github.bilevel4j.optimizer.Schedule;
import io.github.bilevel4j.optimizer.Sgd;
import io.github.bilevel4j.problem.Optimizer;
import io.github.bilevel4j.ssl.MethodContext;

/** What solo-learn's CIFAR scripts have in common. */
final class SoloLearn {
  private SoloLearn() {}

  /** LARS, with a rate for batches of 256. */
  static Optimizer lars(MethodContext c, double rate, double decay) {
    return Lars.solo(warmed(c, 3e-5, c.scaled(rate), 0))
        .trust(0.02)
        .clipped(true)
        .weightDecay(decay);
  }

  /** SGD, with a rate for batches of 256. */
  static Optimizer sgd(MethodContext c, double rate, double decay) {
    return sgd(warmed(c, 3e-5, c.scaled(rate), 0), decay);
  }

  /** SGD with momentum. */
  static Sgd sgd(Schedule rate, double decay) {
    return Sgd.rate(rate).momentum(0.9).weightDecay(decay);
  }

  /** A linear rise in the warm-up, then a cosine to the last value. */
  static Schedule warmed(MethodContext c, double from, double to, double last) {
    int warmUp = Math.max(2, warmUp(c));
    return Schedule.linear(from, to, warmUp - 1)
        .then(warmUp, Schedule.cosine(to, last, Math.max(1, c.steps() - warmUp)));
  }

  /** The number of steps of the warm-up: of ten epochs, but of half the run at most. */
  static int warmUp(MethodContext c) {
    return Math.max(1, Math.min(10 * c.perEpoch(), c.steps() / 2));
  }

  /**
   * The tau of a moving average along a cosine. The cosine ends with pre-training; from then on, in
   * UMM, tau is again what it was at the beginning. At the cosine's end, mostly 1, the targets
   * would stand still: the loss would hold the network to the one that has memorized, which UMM is
   * to undo. The paper says nothing of it; by the settings of its tables, those of HTDT, tau is
   * 0.99 throughout.
   */
  static Schedule tau(MethodContext c, double from, double to) {
    return Schedule.cosine(from, to, c.steps()).then(c.steps(), Schedule.constant(from));
  }

  /** One in the first epochs, else zero. */
  static Expr inFirst(MethodContext c, int epochs) {
    return c.step().lessThan(epochs * c.perEpoch());
  }
}
