package io.github.bilevel4j.augment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.layer.Computed;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Of images whose channels are row and column of each pixel's center. */
class LocatedCropTest {
  private static final int COUNT = 50;
  private static final int SIDE = 24;
  private static final int SIZE = 4;

  @Test
  void boxesAndMarksTellWhereEachPixelComesFrom() {
    Expr images =
        Expr.constant(
            Array.fill(
                Shape.of(COUNT, SIDE, SIDE, 2),
                i -> 0.5 + (i % 2 == 0 ? i / 2 / SIDE % SIDE : i / 2 % SIDE)));
    LocatedCrop crop =
        new LocatedCrop(
            RandomResizedCrop.size(SIZE).scale(0.3, 0.9), HorizontalFlip.probability(0.5));
    LocatedCrop.Located located = crop.of(images, RandomKey.fixed(3));
    List<Array> computed =
        Computed.of(List.of(located.images(), located.boxes(), located.mirrored()));

    Array mirrored = computed.get(2);
    assertThat(mirrored.toDoubles()).contains(0).contains(1);
    for (int n = 0; n < COUNT; n++) {
      for (int row = 1; row < SIZE - 1; row++) {
        for (int column = 1; column < SIZE - 1; column++) {
          double across = (column + 0.5) / SIZE;
          double left = mirrored.at(n) == 1 ? 1 - across : across;
          Array boxes = computed.get(1);
          assertThat(computed.get(0).get(n, row, column, 0))
              .isCloseTo(boxes.get(n, 0) + (row + 0.5) / SIZE * boxes.get(n, 2), within(0.05));
          assertThat(computed.get(0).get(n, row, column, 1))
              .isCloseTo(boxes.get(n, 1) + left * boxes.get(n, 3), within(0.05));
        }
      }
    }
  }
}
