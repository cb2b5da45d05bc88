package io.github.bilevel4j.augment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.layer.Computed;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

class HorizontalFlipTest {
  private static final RandomKey RANDOMNESS = RandomKey.fixed(1);

  @Test
  void mirrorsLeftToRight() {
    Expr image = Expr.range(6).reshape(1, 1, 3, 2);

    assertThat(Computed.of(HorizontalFlip.probability(1).apply(image, RANDOMNESS)))
        .isEqualTo(Array.of(Shape.of(1, 1, 3, 2), 4, 5, 2, 3, 0, 1));
  }

  @Test
  void twiceIsNothing() {
    Array images = Computed.uniform(1, 2, 4, 4, 3);
    Augmentation flip = HorizontalFlip.probability(1);

    assertThat(Computed.of(flip.then(flip).apply(Expr.constant(images), RANDOMNESS)))
        .isEqualTo(images);
  }

  @Test
  void choosesForEachImage() {
    Expr images = Expr.constant(Computed.uniform(1, 40, 2, 4, 3));
    Expr flipped = HorizontalFlip.probability(0.5).apply(images, RANDOMNESS);

    Expr kept = flipped.equalTo(images).sum(1, 2, 3);
    Expr mirrored = flipped.equalTo(images.reversed(2)).sum(1, 2, 3);
    List<Array> computed = Computed.of(List.of(kept, mirrored));
    int count = 0;
    for (int i = 0; i < 40; i++) {
      boolean isKept = computed.get(0).at(i) == 24;
      assertThat(isKept || computed.get(1).at(i) == 24).isTrue();
      count += isKept ? 1 : 0;
    }
    assertThat(count).isBetween(10, 30);
  }

  @Test
  void refusesWhatIsNotAProbability() {
    assertThatThrownBy(() -> HorizontalFlip.probability(50))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            horizontal flip: the probability must be in [0, 1], got 50.0.""");
  }
}
