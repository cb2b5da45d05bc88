package io.github.bilevel4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

class ProceduralImagesTest {
  private static long checksum(LabeledImages images) {
    CRC32 crc = new CRC32();
    for (int i = 0; i < images.count(); i++) {
      crc.update(images.samples(i));
    }
    return crc.getValue();
  }

  @Test
  void hasTenClassesOfEqualCount() {
    ImageDataset shapes = ProceduralImages.shapes(40, 20, 3);
    assertThat(shapes.train()).hasToString("40 images [32, 32, 3] in 10 classes");
    assertThat(shapes.test()).hasToString("20 images [32, 32, 3] in 10 classes");
    assertThat(shapes.train().classNames())
        .isSorted()
        .containsExactly(
            "checkerboard",
            "crescent",
            "cross",
            "disc",
            "dots",
            "ring",
            "square",
            "star",
            "stripes",
            "triangle");
    assertThat(shapes.train().labels(new int[] {0, 9, 10, 25})).containsExactly(0, 9, 0, 5);
    assertThat(shapes.description()).isEqualTo("procedural shapes, seed 3");
  }

  @Test
  void isTheSameOnEveryPlatform() {
    assertThat(checksum(ProceduralImages.shapes(100, 1, 0).train())).isEqualTo(270_189_922L);
  }

  @Test
  void texturesAreOfFiveDirectionsAndTwoWavelengths() {
    ImageDataset textures = ProceduralImages.textures(0);
    assertThat(textures.train()).hasToString("3,300 images [16, 16, 3] in 10 classes");
    assertThat(textures.test()).hasToString("3,000 images [16, 16, 3] in 10 classes");
    assertThat(textures.train().classNames()).startsWith("coarse-000", "coarse-036").isSorted();
    assertThat(textures.train().classNames().get(9)).isEqualTo("fine-144");
    assertThat(textures.description()).isEqualTo("procedural textures, seed 0");
  }

  @Test
  void texturesAreTheSameOnEveryPlatform() {
    assertThat(checksum(ProceduralImages.textures(0).train())).isEqualTo(1_244_469_264L);
  }

  /**
   * Half a coarse wave is 4 pixels, half a fine one 2.2: so far apart along the waves pictures are
   * alike, across them they are opposite. At 0 degrees waves go along the rows, at 72 rather down.
   */
  @Test
  void wavesGoTheWayTheirClassSays() {
    LabeledImages train = ProceduralImages.textures(0).train();
    assertThat(covariance(train, 0, 0, 4)).isLessThan(-100);
    assertThat(covariance(train, 0, 4, 0)).isGreaterThan(100);
    assertThat(covariance(train, 2, 4, 0)).isLessThan(-100);
    assertThat(covariance(train, 2, 0, 4)).isGreaterThan(100);
    assertThat(covariance(train, 5, 0, 2)).isLessThan(-100);
    assertThat(covariance(train, 0, 0, 2)).isGreaterThan(-100);
  }

  /** Of samples so many rows and columns apart in a hundred pictures of a class, within each. */
  private static double covariance(LabeledImages images, int label, int rows, int columns) {
    return IntStream.range(0, 100)
        .mapToObj(i -> images.samples(label + 10 * i))
        .mapToDouble(samples -> covariance(samples, rows, columns))
        .average()
        .orElseThrow();
  }

  private static double covariance(byte[] samples, int rows, int columns) {
    double[] levels =
        IntStream.range(0, samples.length).mapToDouble(i -> samples[i] & 0xff).toArray();
    double mean = Arrays.stream(levels).average().orElseThrow();
    return IntStream.range(0, samples.length)
        .filter(i -> i / 3 / 16 + rows < 16 && i / 3 % 16 + columns < 16)
        .mapToDouble(i -> (levels[i] - mean) * (levels[i + 3 * (16 * rows + columns)] - mean))
        .average()
        .orElseThrow();
  }

  @Test
  void aSmallerSetIsTheBeginningOfALargerOne() {
    LabeledImages small = ProceduralImages.shapes(10, 10, 1).train();
    LabeledImages large = ProceduralImages.shapes(30, 10, 1).train();
    assertThat(checksum(large.first(10))).isEqualTo(checksum(small));
  }

  @Test
  void partsAndSeedsDiffer() {
    ImageDataset shapes = ProceduralImages.shapes(10, 10, 1);
    assertThat(checksum(shapes.train())).isNotEqualTo(checksum(shapes.test()));
    assertThat(checksum(ProceduralImages.shapes(10, 10, 2).train()))
        .isNotEqualTo(checksum(shapes.train()));
  }

  @Test
  void rawPixelsTellLittle() {
    ImageDataset shapes = ProceduralImages.shapes(2000, 200, 0);
    assertThat(nearestNeighborAccuracy(shapes)).isBetween(0.2, 0.4);
  }

  private static double nearestNeighborAccuracy(ImageDataset data) {
    int[] all = IntStream.range(0, data.train().count()).toArray();
    byte[][] train = Arrays.stream(all).mapToObj(data.train()::samples).toArray(byte[][]::new);
    long hits =
        IntStream.range(0, data.test().count())
            .parallel()
            .filter(i -> data.test().label(i) == data.train().label(nearest(train, data, i)))
            .count();
    return (double) hits / data.test().count();
  }

  private static int nearest(byte[][] train, ImageDataset data, int index) {
    byte[] query = data.test().samples(index);
    return IntStream.range(0, train.length)
        .boxed()
        .min(Comparator.comparingLong(i -> squaredDistance(train[i], query)))
        .orElseThrow();
  }

  private static long squaredDistance(byte[] left, byte[] right) {
    long sum = 0;
    for (int i = 0; i < left.length; i++) {
      int difference = Byte.toUnsignedInt(left[i]) - Byte.toUnsignedInt(right[i]);
      sum += (long) difference * difference;
    }
    return sum;
  }

  @Test
  void figuresCoverWhatTheirNamesSay() {
    assertThat(Figure.DISC.covers(0, 0.8)).isTrue();
    assertThat(Figure.RING.covers(0, 0)).isFalse();
    assertThat(Figure.SQUARE.covers(0.7, -0.7)).isTrue();
    assertThat(Figure.CROSS.covers(0.7, 0.7)).isFalse();
    assertThat(Figure.DOTS.covers(0, 0)).isFalse();
    assertThat(Figure.DOTS.covers(-0.55, 0)).isTrue();
    assertThat(Figure.CRESCENT.covers(-0.6, 0)).isTrue();
    assertThat(Figure.CRESCENT.covers(0.6, 0)).isFalse();
    assertThat(Figure.TRIANGLE.covers(-0.9, 0)).isTrue();
    assertThat(Figure.TRIANGLE.covers(0.6, 0)).isFalse();
    assertThat(Figure.STAR.covers(0.9, 0)).isTrue();
    assertThat(Figure.STAR.covers(-0.5, 0)).isFalse();
    assertThat(Figure.STRIPES.covers(0.1, 0)).isNotEqualTo(Figure.STRIPES.covers(0.5, 0));
    assertThat(Figure.CHECKERBOARD.covers(0.1, 0.1))
        .isNotEqualTo(Figure.CHECKERBOARD.covers(0.1, 0.5));
  }

  @Test
  void rejectsAPartWithoutImages() {
    assertThatThrownBy(() -> ProceduralImages.shapes(100, 0, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            """
            shapes: a part has no image.
              train  100
              test   0
            Maybe both counts should be 1 or more.""");
  }
}
