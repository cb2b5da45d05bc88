package io.github.bilevel4j.eval;

import io.github.bilevel4j.check.Require;
import java.util.stream.IntStream;

/** How many samples have their class among the largest logits. */
public final class TopAccuracy {
  private TopAccuracy() {}

  /**
   * The share of rows whose label is among so many largest logits, of equal ones the lower class
   * first, in per cent.
   *
   * @param logits {@code [n, classes]}
   * @param top how many count
   * @throws IllegalArgumentException if top is not positive
   */
  public static double of(Features logits, int top) {
    Require.in("top accuracy").atLeast(1, "number of logits", top);
    long right = IntStream.range(0, logits.count()).filter(row -> place(logits, row) < top).count();
    return 100.0 * right / logits.count();
  }

  /** How many classes come before that of the row's label. */
  private static long place(Features logits, int row) {
    int first = row * logits.dimension();
    int label = logits.labels().get(row);
    double own = logits.matrix().at(first + label);
    return IntStream.range(0, logits.dimension())
        .filter(
            other -> {
              double logit = logits.matrix().at(first + other);
              return logit > own || (logit == own && other < label);
            })
        .count();
  }
}
