package io.github.bilevel4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SplitMixTest {
  @Test
  void hasThePublishedNumbersOfSeedZero() {
    SplitMix random = SplitMix.stream(0, 0);
    assertThat(random.nextLong()).isEqualTo(0xe220a8397b1dcdafL);
    assertThat(random.nextLong()).isEqualTo(0x6e789e6aa1b965f4L);
    assertThat(random.nextLong()).isEqualTo(0x06c45d188009454fL);
  }

  @Property(seed = "32", tries = 50)
  void permutationHasEveryNumberOnce(
      @ForAll long seed, @ForAll @IntRange(min = 0, max = 200) int count) {
    int[] order = SplitMix.stream(seed, 0).permutation(count);
    Arrays.sort(order);
    assertThat(order).isEqualTo(IntStream.range(0, count).toArray());
  }

  /** 6,000 draws of six orders: the standard deviation of each count is 29. */
  @Test
  void everyOrderIsAsLikely() {
    Map<String, Integer> counts = new HashMap<>();
    for (int stream = 0; stream < 6000; stream++) {
      counts.merge(Arrays.toString(SplitMix.stream(5, stream).permutation(3)), 1, Integer::sum);
    }
    assertThat(counts).hasSize(6);
    assertThat(counts.values()).allMatch(count -> Math.abs(count - 1000) < 150);
  }

  @Test
  void gaussianHasMeanZeroAndVarianceOne() {
    SplitMix random = SplitMix.stream(1, 2);
    double[] draws = DoubleStream.generate(random::nextGaussian).limit(20_000).toArray();
    double mean = Arrays.stream(draws).average().orElseThrow();
    double square = Arrays.stream(draws).map(x -> x * x).average().orElseThrow();
    assertThat(mean).isCloseTo(0, within(0.03));
    assertThat(square).isCloseTo(1, within(0.05));
  }
}
