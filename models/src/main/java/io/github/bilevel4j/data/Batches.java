package io.github.bilevel4j.data;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.check.UsageError;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Shuffled mini-batches: in epoch {@code e} the data stand in a random order that depends only on
 * the seed and {@code e}, cut into batches; the incomplete last one is dropped. Without state, so
 * that a run resumes from (epoch, step) alone.
 *
 * @param count the number of examples
 * @param size the number of examples in a batch
 * @param seed decides the orders of all epochs
 */
public record Batches(int count, int size, long seed) {
  /**
   * @throws IllegalArgumentException if the size is not positive or exceeds the count
   */
  public Batches {
    if (size < 1 || size > count) {
      throw UsageError.in("batches")
          .because("a batch of %,d cannot be drawn from %,d examples", size, count)
          .maybe("the batch should be between 1 and %,d.", count);
    }
  }

  /** The number of batches in an epoch, {@code floor(count / size)}. */
  public int perEpoch() {
    return count / size;
  }

  /** The order of all examples in an epoch: its batches, then what is left over. */
  public int[] order(int epoch) {
    return SplitMix.stream(seed, epoch).permutation(count);
  }

  /** The batches of an epoch, each the positions of its examples. */
  public ImmutableList<int[]> epoch(int epoch) {
    int[] order = order(epoch);
    return IntStream.range(0, perEpoch())
        .mapToObj(step -> Arrays.copyOfRange(order, step * size, (step + 1) * size))
        .collect(ImmutableList.toImmutableList());
  }

  /**
   * The batch at one step of an epoch, {@code step} in {@code [0, perEpoch)}. It shuffles anew at
   * each call; a {@link BatchOrder} does so once an epoch.
   */
  public int[] batch(int epoch, int step) {
    return epoch(epoch).get(step);
  }
}
