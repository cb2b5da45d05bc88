package io.github.bilevel4j.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bilevel4j.data.LabeledImages;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

class FeaturesTest {
  private static final Array TWO_ROWS = Array.matrix(new double[] {1, 2}, new double[] {3, 4});

  @Test
  void pixelsAreRowsOnTheScaleOfOne() {
    byte[][] images = {{0, 51, 102, (byte) 153}, {(byte) 204, (byte) 255, 0, 0}};
    Features pixels =
        Features.ofPixels(
            LabeledImages.of(2, 2, 1, images, new int[] {1, 0}, List.of("cat", "dog")));
    assertThat(pixels.matrix())
        .isEqualTo(Array.matrix(new double[] {0, 0.2, 0.4, 0.6}, new double[] {0.8, 1, 0, 0}));
    assertThat(pixels.labels().toArray()).containsExactly(1, 0);
    assertThat(pixels).hasToString("[2, 4] in 2 classes");
  }

  @Test
  void rowsBeyondTheEndRepeatTheLast() {
    Features features = Features.of(TWO_ROWS, new int[] {1, 0}, 2);
    assertThat(features.rows(1, 3))
        .isEqualTo(Array.matrix(new double[] {3, 4}, new double[] {3, 4}, new double[] {3, 4}));
  }

  @Test
  void aFeatureMapIsNoMatrix() {
    Array map = Array.fill(Shape.of(2, 3, 3, 4), i -> 0);
    assertThatThrownBy(() -> Features.of(map, new int[] {0, 0}, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            features: they should be a matrix [count, dimension].
              given  [2, 3, 3, 4]
            Maybe a pooling is missing.""");
  }

  @Test
  void noSamplesAreAMistake() {
    assertThatThrownBy(() -> Features.of(Array.of(Shape.of(0, 4)), new int[0], 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            features: there are none.
              given  [0, 4]
            Maybe a selection has left no sample.""");
  }

  @Test
  void everyRowNeedsALabel() {
    assertThatThrownBy(() -> Features.of(TWO_ROWS, new int[] {0, 0, 0}, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            features: 2 rows have 3 labels.
            Maybe the labels belong to another part of the data.""");
  }

  @Test
  void aLabelIsAClass() {
    assertThatThrownBy(() -> Features.of(TWO_ROWS, new int[] {0, 2}, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            features: row 1 has label 2 of 2 classes.
            Maybe labels should count from 0.""");
  }

  @Test
  void featuresAreFinite() {
    Array broken = Array.matrix(new double[] {1, 2}, new double[] {3, Double.NaN});
    assertThatThrownBy(() -> Features.of(broken, new int[] {0, 1}, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            features: feature 1 of row 1 is NaN.
            Maybe the encoder's training has diverged.""");
  }
}
