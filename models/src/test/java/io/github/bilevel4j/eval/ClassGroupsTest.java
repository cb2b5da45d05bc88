package io.github.bilevel4j.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.common.primitives.ImmutableIntArray;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.shape.Array;
import org.junit.jupiter.api.Test;

class ClassGroupsTest {
  @Test
  void thirdsOfTenClassesAreFourThreeThree() {
    ClassGroups groups = ClassGroups.thirds(new int[] {5, 100, 7, 30, 20, 90, 7, 80, 60, 1});
    assertThat(groups.many().toArray()).containsExactly(1, 5, 7, 8);
    assertThat(groups.medium().toArray()).containsExactly(3, 4, 2);
    assertThat(groups.few().toArray()).containsExactly(6, 0, 9);
  }

  @Test
  void countsHaveFixedBounds() {
    ClassGroups groups = ClassGroups.byCounts(new int[] {101, 100, 20, 19});
    assertThat(groups.many().toArray()).containsExactly(0);
    assertThat(groups.medium().toArray()).containsExactly(1, 2);
    assertThat(groups.few().toArray()).containsExactly(3);
  }

  /** Classes are right in 100, 50 and 0 per cent, of 2, 4 and 1 samples. */
  @Test
  void classesWeighTheSame() {
    LongTailScores scores =
        ClassGroups.thirds(new int[] {9, 5, 1})
            .scores(
                ImmutableIntArray.of(0, 0, 1, 1, 0, 2, 0),
                ImmutableIntArray.of(0, 0, 1, 1, 1, 1, 2));
    assertThat(scores.accuracy()).isCloseTo(50, within(1e-9));
    assertThat(scores.many()).hasValue(100);
    assertThat(scores.medium()).hasValue(50);
    assertThat(scores.few()).hasValue(0);
    assertThat(scores.balancedness().getAsDouble()).isCloseTo(Math.sqrt(1.0 / 6), within(1e-9));
    assertThat(scores.classDeviation()).isCloseTo(Math.sqrt(1.0 / 6), within(1e-9));
  }

  @Test
  void twoClassesHaveNoMiddle() {
    LongTailScores scores =
        ClassGroups.thirds(new int[] {3, 1})
            .scores(ImmutableIntArray.of(0, 0), ImmutableIntArray.of(0, 1));
    assertThat(scores.medium()).isEmpty();
    assertThat(scores.balancedness()).isEmpty();
    assertThat(scores.many()).hasValue(50);
  }

  @Test
  void classesWithoutSamplesAreRefused() {
    ClassGroups groups = ClassGroups.thirds(new int[] {3, 1});
    assertThatThrownBy(() -> groups.scores(ImmutableIntArray.of(0), ImmutableIntArray.of(0)))
        .isInstanceOf(UsageError.class)
        .hasMessageContaining("class 1 has no test sample");
  }

  /** Logits 3 1 3 2: label 2 comes after label 0, which is as large. */
  @Test
  void ofEqualLogitsTheLowerClassComesFirst() {
    Features logits =
        Features.of(
            Array.matrix(new double[][] {{3, 1, 3, 2}, {3, 1, 3, 2}, {3, 1, 3, 2}}),
            new int[] {0, 2, 1},
            4);
    assertThat(TopAccuracy.of(logits, 1)).isCloseTo(100.0 / 3, within(1e-9));
    assertThat(TopAccuracy.of(logits, 2)).isCloseTo(200.0 / 3, within(1e-9));
    assertThat(TopAccuracy.of(logits, 3)).isCloseTo(200.0 / 3, within(1e-9));
    assertThat(TopAccuracy.of(logits, 4)).isEqualTo(100);
  }
}
