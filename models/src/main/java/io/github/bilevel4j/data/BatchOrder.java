package io.github.bilevel4j.data;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The batches of all steps, one epoch after another. An epoch is shuffled once, when the first of
 * its steps is asked for, and the orders of the last two epochs are kept; any step can be asked for
 * at any time and always has the same batch. Safe for use by several threads.
 */
public final class BatchOrder {
  private static final int KEPT = 2;

  private final Batches batches;
  private final Map<Integer, int[]> orders =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Integer, int[]> eldest) {
          return size() > KEPT;
        }
      };

  /** The order of batches. */
  public BatchOrder(Batches batches) {
    this.batches = batches;
  }

  /** The batches. */
  public Batches batches() {
    return batches;
  }

  /** The positions of the examples of a step, which counts through all epochs from zero. */
  public synchronized int[] at(int step) {
    int[] order = orders.computeIfAbsent(step / batches.perEpoch(), batches::order);
    int start = step % batches.perEpoch() * batches.size();
    return Arrays.copyOfRange(order, start, start + batches.size());
  }
}
