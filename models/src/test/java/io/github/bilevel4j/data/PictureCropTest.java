package io.github.bilevel4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.data.PictureCrop.Box;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class PictureCropTest {
  private static final PictureCrop USUAL = new PictureCrop(224, 0.08, 1, 3.0 / 4, 4.0 / 3, false);

  @Property(seed = "61", tries = 300)
  void boxesAreInThePictureAndOfItsSizes(
      @ForAll @IntRange(min = 1, max = 700) int height,
      @ForAll @IntRange(min = 1, max = 700) int width,
      @ForAll @DoubleRange(min = 0.01, max = 1) double scale,
      @ForAll long seed) {
    PictureCrop crop = new PictureCrop(8, scale / 2, scale, 0.5, 2, true);
    Box box = crop.drawn(height, width, SplitMix.stream(seed, 0));
    assertThat(box.top()).isNotNegative();
    assertThat(box.left()).isNotNegative();
    assertThat(box.height()).isBetween(1, height - box.top());
    assertThat(box.width()).isBetween(1, width - box.left());
    assertThat(crop.drawn(height, width, SplitMix.stream(seed, 0))).isEqualTo(box);
  }

  /** Rounding moves a side by half a pixel; boxes that do not fit are drawn again. */
  @Property(seed = "62", tries = 300)
  void areaAndRatioAreInTheirRanges(
      @ForAll @IntRange(min = 300, max = 900) int side,
      @ForAll @DoubleRange(min = 0.9, max = 1.1) double shape,
      @ForAll long seed) {
    int width = (int) (side * shape);
    PictureCrop crop = new PictureCrop(8, 0.1, 0.4, 0.8, 1.25, false);
    Box box = crop.drawn(side, width, SplitMix.stream(seed, 1));
    double area = (double) box.height() * box.width() / ((double) side * width);
    assertThat(area).isBetween(0.099, 0.404);
    assertThat((double) box.width() / box.height()).isBetween(0.79, 1.26);
  }

  /** A box of at most half the picture always fits, so that nothing is drawn again. */
  @Test
  void areaIsUniformRatioLogUniformAndPlaceUniform() {
    PictureCrop crop = new PictureCrop(8, 0.1, 0.5, 3.0 / 4, 4.0 / 3, false);
    int draws = 20_000;
    SplitMix random = SplitMix.stream(5, 0);
    double area = 0;
    double square = 0;
    double logRatio = 0;
    double squareOfLog = 0;
    double place = 0;
    for (int i = 0; i < draws; i++) {
      Box box = crop.drawn(1000, 1000, random);
      double share = box.height() * box.width() / 1e6;
      double log = Math.log((double) box.width() / box.height());
      area += share / draws;
      square += share * share / draws;
      logRatio += log / draws;
      squareOfLog += log * log / draws;
      place += (double) box.top() / (1000 - box.height()) / draws;
    }
    assertThat(area).isCloseTo(0.3, within(0.004));
    assertThat(square - area * area).isCloseTo(0.4 * 0.4 / 12, within(0.0005));
    double range = Math.log(16.0 / 9);
    assertThat(logRatio).isCloseTo(0, within(0.006));
    assertThat(squareOfLog).isCloseTo(range * range / 12, within(0.001));
    assertThat(place).isCloseTo(0.5, within(0.01));
  }

  @Test
  void aPictureThatIsTooNarrowGivesItsLargestCenteredBox() {
    assertThat(USUAL.drawn(1000, 10, SplitMix.stream(1, 0))).isEqualTo(new Box(493, 0, 13, 10));
    assertThat(USUAL.drawn(10, 1000, SplitMix.stream(1, 0))).isEqualTo(new Box(0, 493, 10, 13));
    assertThat(USUAL.drawn(1, 1, SplitMix.stream(1, 0))).isEqualTo(new Box(0, 0, 1, 1));
  }
}
