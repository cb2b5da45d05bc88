package io.github.bilevel4j.examples.cli;

import io.github.bilevel4j.optimizer.Schedule;
import io.github.bilevel4j.ssl.MethodContext;
import java.util.Locale;

/** How a learning rate changes (Fig. 7 of the paper on UMM, arXiv 2410.00772). */
enum ScheduleKind {
  /** Always the same. */
  CONSTANT {
    @Override
    Schedule of(double rate, MethodContext c) {
      return Schedule.constant(rate);
    }
  },
  /** Half a cosine wave to a thousandth. */
  COSINE {
    @Override
    Schedule of(double rate, MethodContext c) {
      return Schedule.cosine(rate, LAST * rate, c.steps());
    }
  },
  /** A linear rise in 20 epochs, but in a tenth of the run at most, then a cosine to zero. */
  WARMUP_COSINE {
    @Override
    Schedule of(double rate, MethodContext c) {
      int warmUp = Math.max(1, Math.min(WARM_UP_EPOCHS * c.perEpoch(), c.steps() / 10));
      return Schedule.warmupCosine(rate, Math.min(warmUp, c.steps() - 1), c.steps());
    }
  },
  /** The same factor at every step, to a thousandth. */
  EXPONENTIAL {
    @Override
    Schedule of(double rate, MethodContext c) {
      return Schedule.exponential(rate, LAST * rate, c.steps());
    }
  };

  private static final double LAST = 1e-3;
  private static final int WARM_UP_EPOCHS = 20;

  /** The rates of a run. */
  abstract Schedule of(double rate, MethodContext context);

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
