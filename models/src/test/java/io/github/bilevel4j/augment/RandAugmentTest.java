package io.github.bilevel4j.augment;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.common.base.Splitter;
import com.google.common.io.BaseEncoding;
import com.google.common.io.Resources;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.layer.Computed;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RandAugmentTest {
  private static final RandomKey RANDOMNESS = RandomKey.fixed(1);
  private static final int HEIGHT = 5;
  private static final int WIDTH = 7;

  /** What Pillow made of the first image. */
  private record Made(Operation operation, double strength, double sign, Array pixels) {}

  private static List<Made> byPillow() throws IOException {
    String text = Resources.toString(Resources.getResource(RandAugment.class, "pillow.txt"), UTF_8);
    List<Made> all = new ArrayList<>();
    for (String line : Splitter.on('\n').omitEmptyStrings().split(text)) {
      List<String> words = Splitter.on(' ').splitToList(line);
      if (words.get(0).equals("IMAGE")) {
        all.add(new Made(Operation.SHEAR_X, 0, 1, pixels(words.get(1))));
      } else if (!words.get(0).equals("#")) {
        all.add(
            new Made(
                Operation.valueOf(words.get(0)),
                Double.parseDouble(words.get(1)),
                Double.parseDouble(words.get(2)),
                pixels(words.get(3))));
      }
    }
    return all;
  }

  private static Array pixels(String hexadecimal) {
    byte[] bytes = BaseEncoding.base16().decode(hexadecimal.toUpperCase(Locale.ROOT));
    return Array.fill(Shape.of(bytes.length), i -> (bytes[i] & 0xff) / 255.0);
  }

  private static Expr vector(double... values) {
    return Expr.constant(Array.vector(values));
  }

  private static Expr copies(double[] image, int n, int height, int width) {
    return Expr.constant(Array.fill(Shape.of(n, height, width, 3), i -> image[i % image.length]));
  }

  private static CutoutBoxes noBoxes(int n) {
    Expr zeros = Expr.filled(0, Shape.of(n));
    return new CutoutBoxes(zeros, zeros, zeros);
  }

  /** An operation on one image. */
  private static double[] applied(Operation operation, double strength, Array image) {
    ChosenOperations chosen =
        new ChosenOperations(vector(operation.number()), vector(1), vector(strength), vector(1));
    return Computed.of(RandAugment.apply(Expr.constant(image), chosen, noBoxes(1))).toDoubles();
  }

  @Test
  void operationsArePillows() throws IOException {
    List<Made> all = byPillow();
    ChosenOperations chosen =
        new ChosenOperations(
            vector(all.stream().mapToDouble(made -> made.operation().number()).toArray()),
            Expr.filled(1, Shape.of(all.size())),
            vector(all.stream().mapToDouble(Made::strength).toArray()),
            vector(all.stream().mapToDouble(Made::sign).toArray()));
    Expr images = copies(all.get(0).pixels().toDoubles(), all.size(), HEIGHT, WIDTH);

    double[] computed =
        Computed.of(RandAugment.apply(images, chosen, noBoxes(all.size()))).toDoubles();
    assertThat(all.stream().map(Made::operation).distinct())
        .hasSize(Operation.values().length - 1)
        .doesNotContain(Operation.CUTOUT);
    for (int i = 0; i < all.size(); i++) {
      int size = HEIGHT * WIDTH * 3;
      assertThat(Arrays.copyOfRange(computed, i * size, (i + 1) * size))
          .as("%s %s", all.get(i).operation(), all.get(i).strength())
          .containsExactly(all.get(i).pixels().toDoubles(), within(1e-12));
    }
  }

  @Test
  void equalizationMakesHistogramsFlat() {
    // Each channel darker than the one before.
    Array image =
        Array.fill(
            Shape.of(1, 40, 40, 3),
            i -> Math.floor(200.0 / (1 + i % 3) * Math.pow((i * 37L % 1601) / 1601.0, 2)) / 255);
    double[] equalized = applied(Operation.EQUALIZE, 0, image);
    for (int channel = 0; channel < 3; channel++) {
      int[] histogram = new int[256];
      for (int i = channel; i < image.size(); i += 3) {
        histogram[value(image.at(i))]++;
      }
      int largest = IntStream.range(0, 256).filter(v -> histogram[v] > 0).max().orElseThrow();
      int step = (1600 - histogram[largest]) / 255;
      assertThat(step).isPositive();
      for (int i = channel; i < image.size(); i += 3) {
        int below = Arrays.stream(histogram, 0, value(image.at(i))).sum();
        assertThat(equalized[i] * 255)
            .isCloseTo(Math.min(255, (step / 2 + below) / step), within(1e-9));
      }
    }
  }

  private static int value(double x) {
    return (int) Math.round(255 * x);
  }

  @Test
  void oneColorHasNoContrastToStretch() {
    Array gray = Array.fill(Shape.of(1, 40, 40, 3), i -> 0.4);
    for (Operation operation : List.of(Operation.AUTO_CONTRAST, Operation.EQUALIZE)) {
      assertThat(applied(operation, 15, gray)).containsExactly(gray.toDoubles(), within(1e-12));
    }
  }

  @Test
  void cutoutPaintsFromLeftAndTopOn() {
    ImageBytes images = new ImageBytes(Expr.filled(7, Shape.of(3, 2, 5, 6)));
    CutoutBoxes boxes = new CutoutBoxes(vector(4, 0), vector(1, 0), vector(2.8, 0));

    Array painted = Computed.of(boxes.painted(images).values());
    double[] color = {125, 123, 114};
    for (int c = 0; c < 3; c++) {
      for (int y = 0; y < 5; y++) {
        for (int x = 0; x < 6; x++) {
          boolean inside = x >= 4 && y >= 1 && y <= 3;
          assertThat(painted.get(c, 0, y, x)).isEqualTo(inside ? color[c] : 7);
          assertThat(painted.get(c, 1, y, x)).isEqualTo(7);
        }
      }
    }
  }

  @Test
  void cutoutBoxesAreDrawnInTheImage() {
    int n = 2000;
    Expr cutout = Expr.filled(Operation.CUTOUT.number(), Shape.of(n));
    Expr ones = Expr.filled(1, Shape.of(n));
    ChosenOperations chosen =
        new ChosenOperations(cutout, ones, Expr.filled(15, Shape.of(n)), ones);
    CutoutBoxes boxes = CutoutBoxes.drawn(chosen, Shape.of(n, 20, 10, 3), RANDOMNESS);

    List<Array> drawn = Computed.of(List.of(boxes.left(), boxes.top(), boxes.side()));
    // Half of the largest share of the width; centers are uniform, starts cut at zero.
    assertThat(drawn.get(2).toDoubles()).containsOnly(0.2 * 10);
    assertThat(Arrays.stream(drawn.get(0).toDoubles()).distinct()).hasSize(9);
    assertThat(Arrays.stream(drawn.get(0).toDoubles()).filter(x -> x == 0).count() / (double) n)
        .isCloseTo(0.2, within(0.03));
    assertThat(Arrays.stream(drawn.get(1).toDoubles()).max()).hasValue(18);
    assertThat(drawn.get(0).toDoubles()).isNotEqualTo(drawn.get(1).toDoubles());
  }

  @Test
  void withProbabilityZeroNothingChanges() {
    Array images = Computed.uniform(1, 100, 6, 5, 3);
    Expr nothing =
        RandAugment.strengths(Expr.filled(30, Shape.of(100)))
            .probabilities(Expr.filled(0, Shape.of(100)))
            .apply(Expr.constant(images), RANDOMNESS);

    assertThat(Computed.of(nothing)).isEqualTo(images);
  }

  @Test
  void eachImageHasItsOwnProbabilityAndStrength() {
    int n = 3000;
    RandAugment augmentation =
        RandAugment.strengths(Expr.range(n).dividedBy(100))
            .probabilities(Expr.range(n).atLeast(1500).times(0.6).plus(0.2));
    ChosenOperations chosen = ChosenOperations.drawn(augmentation, RANDOMNESS);

    List<Array> drawn =
        Computed.of(
            List.of(
                chosen.numbers(),
                chosen.applied(),
                chosen.signs(),
                chosen.valueOr(-1, Operation.CONTRAST)));
    for (Operation operation : Operation.values()) {
      assertThat(
              Arrays.stream(drawn.get(0).toDoubles()).filter(k -> k == operation.number()).count())
          .as("%s", operation)
          .isBetween(140L, 260L);
    }
    assertThat(Arrays.stream(drawn.get(1).toDoubles(), 0, n / 2).average().orElseThrow())
        .isCloseTo(0.2, within(0.03));
    assertThat(Arrays.stream(drawn.get(1).toDoubles(), n / 2, n).average().orElseThrow())
        .isCloseTo(0.8, within(0.03));
    assertThat(Arrays.stream(drawn.get(2).toDoubles()).average().orElseThrow())
        .isCloseTo(0, within(0.06));
    for (int i = 0; i < n; i++) {
      boolean isContrast = drawn.get(0).at(i) == Operation.CONTRAST.number();
      boolean applied = drawn.get(1).at(i) == 1;
      assertThat(drawn.get(3).at(i))
          .isCloseTo(isContrast && applied ? 0.1 + 1.8 * i / 3000.0 : -1, within(1e-12));
    }
  }

  /** As in the published program: by v or -v, one as often as the other. */
  @Test
  void shearTranslationAndRotationHaveTwoDirections() {
    int n = 3000;
    RandAugment strongest = RandAugment.strengths(Expr.filled(30, Shape.of(n)));
    AffineNearest warp =
        AffineNearest.of(
            ChosenOperations.drawn(strongest, RANDOMNESS), Shape.of(n, HEIGHT, WIDTH, 3));
    assertTwoDirections(0.6, warp.shearX());
    assertTwoDirections(0.6, warp.shearY());
    assertTwoDirections(0.66 * WIDTH, warp.shiftX());
    assertTwoDirections(0.66 * HEIGHT, warp.shiftY());
    assertTwoDirections(Math.PI / 3, warp.angle());
  }

  /** About 200 of 3000 images, half of them in each direction. */
  private static void assertTwoDirections(double size, Expr values) {
    double[] moved = Arrays.stream(Computed.of(values).toDoubles()).filter(v -> v != 0).toArray();
    assertThat(Arrays.stream(moved).map(Math::abs).toArray())
        .hasSizeBetween(140, 260)
        .containsOnly(new double[] {size}, within(1e-12));
    assertThat(Arrays.stream(moved).filter(v -> v > 0).count())
        .isBetween(moved.length * 3L / 8, moved.length * 5L / 8);
  }

  @Test
  void valuesStayInRange() {
    Expr images = Expr.constant(Computed.uniform(3, 300, 9, 8, 3));
    Expr changed = RandAugment.strengths(Expr.range(300).dividedBy(10)).apply(images, RANDOMNESS);

    List<Array> computed = Computed.of(List.of(changed, images));
    double[] values = computed.get(0).toDoubles();
    assertThat(Arrays.stream(values).min()).hasValue(0);
    assertThat(Arrays.stream(values).max()).hasValue(1);
    assertThat(values).isNotEqualTo(computed.get(1).toDoubles());
  }

  @Test
  void refusesStrengthsAndProbabilitiesOfDifferentImages() {
    assertThatThrownBy(
            () ->
                RandAugment.strengths(Expr.input("strengths", 8))
                    .probabilities(Expr.input("probabilities", 4)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            rand augment: needs a strength and a probability of each image, both [n].
              strengths      strengths      [8]
              probabilities  probabilities  [4]
            Maybe Expr.filled(15, Shape.of(n)) is the same strength for all.""");
  }

  @Test
  void refusesImagesOfAnotherBatch() {
    RandAugment augmentation = RandAugment.strengths(Expr.input("strengths", 8));
    assertThatThrownBy(() -> augmentation.apply(Expr.input("images", 4, 32, 32, 3), RANDOMNESS))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            rand augment: there is not one strength for each image.
              images     images     [4, 32, 32, 3]
              strengths  strengths  [8]
            Maybe the strengths are those of another batch.""");
    assertThatThrownBy(() -> augmentation.apply(Expr.input("images", 8, 3, 32, 32), RANDOMNESS))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            rand augment: the images should be [n, height, width, 3].
              images  images  [8, 3, 32, 32]
            Maybe the channels are not the last axis.""");
  }

  @Test
  void refusesMoreImagesThanSinglePrecisionCounts() {
    assertThatThrownBy(
            () ->
                RandAugment.strengths(Expr.input("strengths", 21846))
                    .apply(Expr.input("images", 21846, 8, 8, 3), RANDOMNESS))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            rand augment: the batch has more than 21845 images.
              images  [21846, 8, 8, 3]
            Maybe the batch should be augmented in parts.""");
  }
}
