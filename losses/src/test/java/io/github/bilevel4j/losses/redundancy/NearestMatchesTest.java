package io.github.bilevel4j.losses.redundancy;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.losses.OnCpu;
import io.github.bilevel4j.shape.Array;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class NearestMatchesTest {
  private static final int IMAGES = 3;
  private static final int POSITIONS = 6;
  private static final int OTHERS = 4;

  private final Array distances = OnCpu.value(OnCpu.random("d", 4, IMAGES, POSITIONS, OTHERS));

  private int nearest(int image, int position) {
    return IntStream.range(0, OTHERS)
        .boxed()
        .min(Comparator.comparingDouble(other -> distances.get(image, position, other)))
        .orElseThrow();
  }

  private List<Integer> best(int image, int count) {
    return IntStream.range(0, POSITIONS)
        .boxed()
        .sorted(
            Comparator.comparingDouble(
                position -> distances.get(image, position, nearest(image, position))))
        .limit(count)
        .sorted()
        .toList();
  }

  @Test
  void keepTheNearestOfThePositionsInTheirOrder() {
    for (int count = 1; count <= POSITIONS; count++) {
      NearestMatches matches = NearestMatches.nearest(Expr.constant(distances), count);
      Array positions = OnCpu.value(matches.positions());
      Array neighbors = OnCpu.value(matches.neighbors());
      for (int image = 0; image < IMAGES; image++) {
        List<Integer> expected = best(image, count);
        for (int slot = 0; slot < count; slot++) {
          assertThat(positions.get(image, slot)).isEqualTo(expected.get(slot).doubleValue());
          assertThat(neighbors.get(image, slot)).isEqualTo(nearest(image, expected.get(slot)));
        }
      }
    }
  }

  @Test
  void allPositionsAreInTheirOrderWhateverTheDistances() {
    Expr d = OnCpu.random("d", 4, IMAGES, POSITIONS, OTHERS);
    assertThat(NearestMatches.nearest(d, POSITIONS).positions().contains(d)).isFalse();
    assertThat(NearestMatches.nearest(d, POSITIONS - 1).positions().contains(d)).isTrue();
  }

  @Test
  void ofEqualDistancesKeepThoseAtLowerPositions() {
    NearestMatches matches = NearestMatches.nearest(Expr.filled(1, distances.shape()), 2);
    assertThat(OnCpu.value(matches.positions()).toDoubles()).containsExactly(0, 1, 0, 1, 0, 1);
    assertThat(OnCpu.value(matches.neighbors()).toDoubles()).containsOnly(0);
  }

  @Test
  void takeTheFeaturesOfTheirPositionsSlotBySlot() {
    Expr map = OnCpu.random("map", 5, IMAGES, POSITIONS, 2);
    NearestMatches matches = NearestMatches.nearest(Expr.constant(distances), 2);
    Array features = OnCpu.value(matches.first(map));
    Array all = OnCpu.value(map);
    assertThat(features.shape().toArray()).containsExactly(2, IMAGES, 2);
    for (int image = 0; image < IMAGES; image++) {
      int position = best(image, 2).get(1);
      assertThat(features.get(1, image, 0)).isEqualTo(all.get(image, position, 0));
    }
  }
}
