package io.github.bilevel4j.data;

import static com.google.common.base.Preconditions.checkElementIndex;

import io.github.bilevel4j.check.UsageError;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The batches of all steps, one epoch after another. An epoch is shuffled once, when the first of
 * its steps is asked for, and the orders of the last two epochs are kept; any step can be asked for
 * at any time and always has the same batch, or a part of it. Safe for use by several threads.
 */
public final class BatchOrder {
  private static final int KEPT = 2;

  private final Batches batches;
  private final int part;
  private final int parts;
  private final Map<Integer, int[]> orders =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Integer, int[]> eldest) {
          return size() > KEPT;
        }
      };

  /** The order of batches. */
  public BatchOrder(Batches batches) {
    this(batches, 0, 1);
  }

  /**
   * One part of each batch: examples {@code part n} to {@code (part + 1) n - 1} of it, if it is cut
   * into parts of n.
   *
   * @throws UsageError if the size of a batch is not divisible by the number of parts
   */
  public BatchOrder(Batches batches, int part, int parts) {
    checkElementIndex(part, parts);
    if (batches.size() % parts != 0) {
      throw UsageError.in("batches")
          .because("a batch of %,d is not divisible by %d replicas", batches.size(), parts)
          .maybe("a batch of %,d was meant.", Math.max(1, batches.size() / parts) * parts);
    }
    this.batches = batches;
    this.part = part;
    this.parts = parts;
  }

  /** The batches. */
  public Batches batches() {
    return batches;
  }

  /** The number of examples of a step: those of the part. */
  public int size() {
    return batches.size() / parts;
  }

  /** The positions of the examples of a step, which counts through all epochs from zero. */
  public synchronized int[] at(int step) {
    int[] order = orders.computeIfAbsent(step / batches.perEpoch(), batches::order);
    int start = step % batches.perEpoch() * batches.size() + part * size();
    return Arrays.copyOfRange(order, start, start + size());
  }
}
