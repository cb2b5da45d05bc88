package io.github.bilevel4j.data;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.check.UsageError;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * A data set that needs no download: ten figures on 32 x 32 color images. The class is the figure;
 * its place, size, angle and color, the ground, an occluding blob, brightness and noise are drawn
 * at random. Pixels alone therefore tell little (5-nearest-neighbors on raw pixels finds the class
 * of about one test image in three), while the figure survives crops, flips and changes of color.
 *
 * <p>An image depends only on the seed, its part and its position: the same on every platform, and
 * a smaller set is the beginning of a larger one.
 */
public final class ProceduralImages {
  static final int SIDE = 32;

  private static final int TRAIN = 2_000;
  private static final int TEST = 1_000;

  private ProceduralImages() {}

  /** 2,000 train and 1,000 test images. */
  public static ImageDataset shapes(long seed) {
    return shapes(TRAIN, TEST, seed);
  }

  /**
   * Image {@code i} of each part shows figure {@code i mod 10}.
   *
   * @throws IllegalArgumentException if a count is not positive
   */
  public static ImageDataset shapes(int trainCount, int testCount, long seed) {
    if (trainCount < 1 || testCount < 1) {
      throw UsageError.in("shapes")
          .because("a part has no image")
          .value("train", trainCount)
          .value("test", testCount)
          .maybe("both counts should be 1 or more.");
    }
    return new ImageDataset(
        part(trainCount, seed, 0), part(testCount, seed, 1), "procedural shapes, seed " + seed);
  }

  /** Part {@code p} takes every second stream of random numbers, from {@code p} on. */
  private static LabeledImages part(int count, long seed, int part) {
    Figure[] figures = Figure.values();
    byte[][] images =
        IntStream.range(0, count)
            .parallel()
            .mapToObj(
                i -> Scene.drawn(figures[i % figures.length], SplitMix.stream(seed, 2L * i + part)))
            .toArray(byte[][]::new);
    int[] labels = IntStream.range(0, count).map(i -> i % figures.length).toArray();
    return LabeledImages.owning(SIDE, SIDE, 3, images, labels, names(figures));
  }

  private static ImmutableList<String> names(Figure[] figures) {
    return Arrays.stream(figures)
        .map(figure -> figure.name().toLowerCase(Locale.ROOT))
        .collect(ImmutableList.toImmutableList());
  }
}
