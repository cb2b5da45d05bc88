package io.github.bilevel4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class LabeledImagesTest {
  private static final List<String> NAMES = List.of("cat", "dog");

  /** Three images of 1 x 2 pixels. */
  private static LabeledImages three() {
    byte[][] images = {
      {0, 51, 102, (byte) 153, (byte) 204, (byte) 255}, {1, 2, 3, 4, 5, 6}, {9, 9, 9, 9, 9, 9}
    };
    return LabeledImages.of(1, 2, 3, images, new int[] {1, 0, 1}, NAMES);
  }

  @Test
  void pixelsAreRowMajorFractionsOf255() {
    assertThat(three().pixels(new int[] {1, 0}))
        .containsExactly(
            1 / 255.0,
            2 / 255.0,
            3 / 255.0,
            4 / 255.0,
            5 / 255.0,
            6 / 255.0,
            0,
            51 / 255.0,
            102 / 255.0,
            153 / 255.0,
            204 / 255.0,
            1);
  }

  @Test
  void labelsFollowTheIndices() {
    assertThat(three().labels(new int[] {2, 1, 1})).containsExactly(1, 0, 0);
    assertThat(three().labels()).containsExactly(1, 0, 1);
    assertThat(three().label(2)).isEqualTo(1);
  }

  @Test
  void takesImagesWithTheirLabels() {
    LabeledImages taken = three().take(new int[] {1, 2, 1});
    assertThat(taken.count()).isEqualTo(3);
    assertThat(taken.labels()).containsExactly(0, 1, 0);
    assertThat(taken.samples(2)).containsExactly(1, 2, 3, 4, 5, 6);
    assertThat(taken.classNames()).isEqualTo(NAMES);
  }

  @Test
  void takesTheFirst() {
    assertThat(three().first(2).labels()).containsExactly(1, 0);
    assertThat(three().first(9).count()).isEqualTo(3);
  }

  @Test
  void describesItself() {
    assertThat(three()).hasToString("3 images [1, 2, 3] in 2 classes");
  }

  @Test
  void keepsNoArrayOfItsCaller() {
    byte[][] images = {{1, 2, 3}};
    int[] labels = {0};
    LabeledImages kept = LabeledImages.of(1, 1, 3, images, labels, NAMES);
    images[0][0] = 7;
    labels[0] = 1;
    kept.samples(0)[1] = 7;
    kept.labels()[0] = 1;
    assertThat(kept.samples(0)).containsExactly(1, 2, 3);
    assertThat(kept.label(0)).isZero();
  }

  @Property(seed = "31", tries = 50)
  void meanAndStdAreThoseOfAllPixels(@ForAll @Size(min = 6, max = 6) byte[] samples) {
    LabeledImages images =
        LabeledImages.of(
            1,
            1,
            3,
            new byte[][] {Arrays.copyOf(samples, 3), Arrays.copyOfRange(samples, 3, 6)},
            new int[2],
            NAMES);
    for (int channel = 0; channel < 3; channel++) {
      double first = Byte.toUnsignedInt(samples[channel]) / 255.0;
      double second = Byte.toUnsignedInt(samples[channel + 3]) / 255.0;
      assertThat(images.channelMean()[channel]).isCloseTo((first + second) / 2, within(1e-14));
      assertThat(images.channelStd()[channel])
          .isCloseTo(Math.abs(first - second) / 2, within(1e-14));
    }
  }

  @Test
  void rejectsNoImages() {
    assertThatThrownBy(() -> LabeledImages.of(1, 1, 3, new byte[0][], new int[0], NAMES))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("labeled images: there is no image.\nMaybe a path is wrong.");
  }

  @Test
  void rejectsAnImageOfAnotherSize() {
    assertThatThrownBy(
            () -> LabeledImages.of(1, 1, 3, new byte[][] {{1, 2, 3}, {1}}, new int[2], NAMES))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            labeled images: image 1 has a wrong number of samples.
              size   [1, 1, 3]
              needs  3
              has    1
            Maybe height, width and channels are in another order.""");
  }

  @Test
  void rejectsMissingLabels() {
    assertThatThrownBy(() -> LabeledImages.of(1, 1, 3, new byte[][] {{1, 2, 3}}, new int[2], NAMES))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "labeled images: 1 images have 2 labels.\n"
                + "Maybe labels and images come from different files.");
  }

  @Test
  void rejectsALabelWithoutAClass() {
    assertThatThrownBy(
            () -> LabeledImages.of(1, 1, 3, new byte[][] {{1, 2, 3}}, new int[] {2}, NAMES))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "labeled images: image 0 has label 2 of 2 classes.\n"
                + "Maybe labels should count from 0.");
  }

  @Test
  void imagesWithoutClassesHaveNoLabels() {
    LabeledImages images =
        LabeledImages.unlabeled(1, 1, 3, ImageSamples.of(new byte[][] {{1, 2, 3}, {4, 5, 6}}));
    assertThat(images.hasLabels()).isFalse();
    assertThat(images.take(new int[] {1}).samples(0)).containsExactly(4, 5, 6);
    assertThat(images.first(1).count()).isEqualTo(1);
    assertThatThrownBy(images::labels)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            labels: the images have no classes.
              images  2 images [1, 1, 3] without classes
            Maybe they serve for pre-training only: give images sorted into classes here.""");
    assertThatThrownBy(() -> images.label(0)).hasMessageStartingWith("labels: ");
    assertThatThrownBy(() -> images.labels(new int[1])).hasMessageStartingWith("labels: ");
  }

  @Test
  void bothPartsOfADataSetAreAlike() {
    LabeledImages other = LabeledImages.of(1, 1, 3, new byte[][] {{1, 2, 3}}, new int[1], NAMES);
    assertThatThrownBy(() -> new ImageDataset(three(), other, "pets"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            image dataset: the parts of pets differ in image size or classes.
              train  3 images [1, 2, 3] in 2 classes
              test   1 images [1, 1, 3] in 2 classes
            Maybe they come from different data sets.""");
  }

  /** 65536 x 65536 is 0 in 32 bits. */
  @Test
  void sizesDoNotWrap() {
    assertThatThrownBy(() -> LabeledImages.of(65_536, 65_536, 1, new byte[1][0], new int[1], NAMES))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            labeled images: image 0 has a wrong number of samples.
              size   [65536, 65536, 1]
              needs  4294967296
              has    0
            Maybe height, width and channels are in another order.""");
    assertThatThrownBy(() -> LabeledImages.of(-1, -6, 1, new byte[1][6], new int[1], NAMES))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aBatchLargerThanAnArrayIsRejected() {
    LabeledImages images =
        LabeledImages.of(1000, 1000, 3, new byte[1][3_000_000], new int[1], NAMES);
    assertThatThrownBy(() -> images.pixels(new int[800]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            pixels: a batch of 800 images is too large for an array.
              images  1 images [1000, 1000, 3] in 2 classes
            Maybe the batch should be smaller.""");
  }
}
