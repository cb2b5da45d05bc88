package io.github.bilevel4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bilevel4j.check.UsageError;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class BatchesTest {
  @Property(seed = "33", tries = 60)
  void anEpochHasWholeBatchesOfDifferentExamples(
      @ForAll @IntRange(min = 1, max = 90) int count,
      @ForAll @IntRange(min = 1, max = 90) int size,
      @ForAll long seed) {
    int fitting = Math.min(size, count);
    Batches batches = new Batches(count, fitting, seed);
    List<int[]> epoch = batches.epoch(3);
    assertThat(epoch).hasSize(count / fitting).hasSize(batches.perEpoch());
    assertThat(epoch).allMatch(batch -> batch.length == fitting);
    int[] drawn = epoch.stream().flatMapToInt(Arrays::stream).toArray();
    assertThat(drawn).doesNotHaveDuplicates();
    assertThat(Arrays.stream(drawn)).allMatch(i -> i >= 0 && i < count);
  }

  @Test
  void aBatchDependsOnEpochAndStepAlone() {
    Batches run = new Batches(100, 10, 4);
    for (int step = 0; step < 10; step++) {
      assertThat(new Batches(100, 10, 4).batch(7, step)).isEqualTo(run.epoch(7).get(step));
    }
  }

  @Property(seed = "37", tries = 60)
  void anOrderHasTheBatchOfEachStepWhicheverIsAskedFor(
      @ForAll @IntRange(min = 1, max = 40) int count,
      @ForAll @IntRange(min = 1, max = 40) int size,
      @ForAll @Size(min = 1, max = 9) List<@IntRange(min = 0, max = 200) Integer> steps) {
    Batches batches = new Batches(count, Math.min(size, count), 4);
    BatchOrder order = new BatchOrder(batches);
    for (int step : steps) {
      int[] batch = order.at(step);
      assertThat(batch)
          .isEqualTo(batches.batch(step / batches.perEpoch(), step % batches.perEpoch()));
      batch[0] = -1;
    }
    assertThat(order.at(steps.get(0))).isEqualTo(new BatchOrder(batches).at(steps.get(0)));
  }

  @Test
  void partsOfABatchAreThatBatch() {
    Batches batches = new Batches(20, 6, 4);
    for (int step : new int[] {0, 1, 3}) {
      int[] joined =
          IntStream.range(0, 3)
              .flatMap(part -> Arrays.stream(new BatchOrder(batches, part, 3).at(step)))
              .toArray();
      assertThat(joined).isEqualTo(new BatchOrder(batches).at(step));
    }
    assertThatThrownBy(() -> new BatchOrder(batches, 0, 4))
        .isInstanceOf(UsageError.class)
        .hasMessage(
            "batches: a batch of 6 is not divisible by 4 replicas.\nMaybe a batch of 4 was meant.");
  }

  @Test
  void epochsAndSeedsHaveOtherOrders() {
    int[] order = new Batches(100, 100, 4).batch(0, 0);
    assertThat(new Batches(100, 100, 4).batch(1, 0)).isNotEqualTo(order);
    assertThat(new Batches(100, 100, 5).batch(0, 0)).isNotEqualTo(order);
  }

  @Test
  void theOrderIsTheSameOnEveryPlatform() {
    assertThat(new Batches(10, 5, 1).batch(1, 0)).containsExactly(2, 7, 4, 5, 9);
  }

  @Test
  void rejectsABatchLargerThanTheData() {
    assertThatThrownBy(() -> new Batches(2000, 4096, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "batches: a batch of 4,096 cannot be drawn from 2,000 examples.\n"
                + "Maybe the batch should be between 1 and 2,000.");
  }

  @Test
  void rejectsAnEmptyBatch() {
    assertThatThrownBy(() -> new Batches(2000, 0, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "batches: a batch of 0 cannot be drawn from 2,000 examples.\n"
                + "Maybe the batch should be between 1 and 2,000.");
  }
}
