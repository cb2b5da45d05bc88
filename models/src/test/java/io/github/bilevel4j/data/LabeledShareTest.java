package io.github.bilevel4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bilevel4j.check.UsageError;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LabeledShareTest {
  /** 30 of class a, 5 of class b. */
  private static final LabeledImages IMAGES =
      LabeledImages.of(
          1,
          1,
          1,
          new byte[35][1],
          IntStream.range(0, 35).map(i -> i < 30 ? 0 : 1).toArray(),
          List.of("a", "b"));

  @Test
  void aShareOfEachClassIsDrawn() {
    int[] taken = LabeledShare.positions(IMAGES, 0.1, 1);
    assertThat(taken).isSorted().doesNotHaveDuplicates();
    assertThat(Arrays.stream(taken).filter(i -> i < 30).count()).isEqualTo(3);
    assertThat(Arrays.stream(taken).filter(i -> i >= 30).count()).isEqualTo(1);
    assertThat(taken).isEqualTo(LabeledShare.positions(IMAGES, 0.1, 1));
    assertThat(taken).isNotEqualTo(LabeledShare.positions(IMAGES, 0.1, 2));
    assertThat(LabeledShare.positions(IMAGES, 1, 1)).hasSize(35);
  }

  @Test
  void theShareIsOne() {
    for (double share : new double[] {0, -1, 1.1, Double.NaN}) {
      assertThatThrownBy(() -> LabeledShare.positions(IMAGES, share, 1))
          .isInstanceOf(UsageError.class)
          .hasMessageContaining("is no share of the images");
    }
  }
}
