package io.github.bilevel4j.augment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.layer.Computed;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

class RandomResizedCropTest {
  private static final RandomKey RANDOMNESS = RandomKey.fixed(1);

  /** Height 5, width 6, one channel. */
  private static final Expr SMALL =
      Expr.constant(Array.fill(Shape.of(1, 5, 6, 1), i -> (i * 37 + 11) % 101 / 100.0));

  @Test
  void theWholeImageInItsOwnSizeIsItself() {
    Array images = Computed.uniform(1, 3, 8, 8, 3);
    RandomResizedCrop whole = RandomResizedCrop.size(8).scale(1, 1).ratio(1, 1);

    List<Array> same =
        Computed.of(
            List.of(
                whole.apply(Expr.constant(images), RANDOMNESS),
                whole.bicubic().apply(Expr.constant(images), RANDOMNESS)));
    assertThat(same.get(0).toDoubles()).containsExactly(images.toDoubles(), within(1e-12));
    assertThat(same.get(1).toDoubles()).containsExactly(images.toDoubles(), within(1e-12));
  }

  @Test
  void bilinearSampleByHand() {
    // Two pixels to four: centers at 1/4, 3/4, 5/4, 7/4 between pixel centers at 1/2 and 3/2.
    Expr image = Expr.constant(Array.of(Shape.of(1, 1, 4, 1), 9, 0, 1, 9));
    CropBoxes box = box(0, 1, 1, 2);

    Array rows = Computed.of(RandomResizedCrop.size(4).resampled(image, box)).reshape(4, 4);
    for (int row = 0; row < 4; row++) {
      assertThat(rows.get(row, 0)).isZero();
      assertThat(rows.get(row, 1)).isCloseTo(0.25, within(1e-12));
      assertThat(rows.get(row, 2)).isCloseTo(0.75, within(1e-12));
      assertThat(rows.get(row, 3)).isOne();
    }
  }

  /** Expected: Pillow 12.3, {@code image.crop(box).resize(size)} of a floating-point image. */
  @Test
  void enlargesAsPillow() {
    CropBoxes box = box(1, 2, 2, 3);

    assertResampled(
        RandomResizedCrop.size(4),
        box,
        0.0400000,
        0.2712500,
        0.5487500,
        0.7800000,
        0.0900000,
        0.3212500,
        0.5987500,
        0.8300000,
        0.1900000,
        0.4212500,
        0.6987500,
        0.9300000,
        0.2400000,
        0.4712500,
        0.7487500,
        0.9800000);
    // The last one is 1.0169754 before clipping.
    assertResampled(
        RandomResizedCrop.size(4).bicubic(),
        box,
        0.0030246,
        0.2282931,
        0.5564128,
        0.7816812,
        0.0621002,
        0.2873687,
        0.6154884,
        0.8407569,
        0.1792431,
        0.4045116,
        0.7326313,
        0.9578998,
        0.2383187,
        0.4635872,
        0.7917070,
        1);
  }

  /** Expected: as above. The kernel is as wide as three source pixels and more. */
  @Test
  void shrinksAsPillow() {
    CropBoxes box = box(0, 0, 5, 6);

    assertResampled(
        RandomResizedCrop.size(3),
        box,
        0.3981633,
        0.4533929,
        0.5859184,
        0.5338095,
        0.4951389,
        0.5566667,
        0.5114286,
        0.3966071,
        0.4518367);
    assertResampled(
        RandomResizedCrop.size(3).bicubic(),
        box,
        0.3958725,
        0.4443171,
        0.6037959,
        0.5379130,
        0.4912874,
        0.5599827,
        0.5204352,
        0.3853999,
        0.4541275);
  }

  @Test
  void eachImageHasItsOwnBox() {
    Expr images = Expr.constant(Computed.uniform(2, 1, 8, 8, 3)).tiled(2);

    Array cropped = Computed.of(RandomResizedCrop.size(8).apply(images, RANDOMNESS));
    assertThat(cropped.get(0, 4, 4, 0)).isNotEqualTo(cropped.get(1, 4, 4, 0));
  }

  @Test
  void resamplesToAnotherSizeAndKeepsChannels() {
    Expr images = Expr.input("images", 2, 96, 64, 4);

    assertThat(RandomResizedCrop.size(32).apply(images, RANDOMNESS).shape())
        .isEqualTo(Shape.of(2, 32, 32, 4));
  }

  @Test
  void refusesSettingsOutOfRange() {
    assertThatThrownBy(() -> RandomResizedCrop.size(32).scale(0.2, 1.5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            random resized crop: a box is larger than the image.
              size   32
              scale  0.2 to 1.5
            Maybe size is in pixels and scale a share of the image's area.""");
    assertThatThrownBy(() -> RandomResizedCrop.size(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            random resized crop: the size is not positive.
              size   0
              scale  0.08 to 1.0
            Maybe size is in pixels and scale a share of the image's area.""");
    assertThatThrownBy(() -> RandomResizedCrop.size(32).ratio(2, 0.5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            random resized crop: the ratios must be positive numbers, the lower one first.
              low   2.0
              high  0.5""");
  }

  @Test
  void refusesWhatIsNotABatchOfImages() {
    assertThatThrownBy(
            () -> RandomResizedCrop.size(32).apply(Expr.input("image", 32, 32, 3), RANDOMNESS))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            random resized crop: the images should be [n, height, width, channels].
              images  image  [32, 32, 3]
            Maybe a reshape is missing.""");
  }

  private static CropBoxes box(int top, int left, int height, int width) {
    return new CropBoxes(one(top), one(left), one(height), one(width));
  }

  private static Expr one(int value) {
    return Expr.constant(Array.vector(value));
  }

  private static void assertResampled(RandomResizedCrop crop, CropBoxes box, double... expected) {
    assertThat(Computed.of(crop.resampled(SMALL, box)).toDoubles())
        .containsExactly(expected, within(1e-7));
  }
}
