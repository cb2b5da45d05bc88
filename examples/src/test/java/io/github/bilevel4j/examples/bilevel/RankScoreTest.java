package io.github.bilevel4j.examples.bilevel;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bilevel4j.shape.Array;
import org.junit.jupiter.api.Test;

class RankScoreTest {
  private static final Array POSITIVE = Array.vector(0, 1, 0, 1, 1);

  @Test
  void countsPairsInTheRightOrder() {
    assertThat(RankScore.area(Array.vector(1, 3, 2, 4, 5), POSITIVE)).isEqualTo(1);
    assertThat(RankScore.area(Array.vector(5, 3, 4, 2, 1), POSITIVE)).isEqualTo(0);
    // Of the six pairs, that of the second and the third is in the wrong order.
    assertThat(RankScore.area(Array.vector(-1, 1.5, 2, 4, 5), POSITIVE)).isEqualTo(5.0 / 6);
  }

  @Test
  void tiesCountHalf() {
    assertThat(RankScore.area(Array.vector(7, 7, 7, 7, 7), POSITIVE)).isEqualTo(0.5);
    // The pairs with the first: three right; with the third: one tie, two right.
    assertThat(RankScore.area(Array.vector(1, 2, 2, 3, 4), POSITIVE)).isEqualTo(5.5 / 6);
  }
}
