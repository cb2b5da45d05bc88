package io.github.bilevel4j.data;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.check.UsageError;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Data sets that need no download.
 *
 * <p>{@link #shapes(long) Shapes}: ten figures on 32 x 32 color images. The class is the figure;
 * its place, size, angle and color, the ground, an occluding blob, brightness and noise are drawn
 * at random. Pixels alone therefore tell little (5-nearest-neighbors on raw pixels finds the class
 * of about one test image in three), while the figure survives crops, flips and changes of color.
 *
 * <p>{@link #textures(long) Textures}: 16 x 16 color images of waves, whose class is one of five
 * directions and one of two wavelengths. A small encoder that learns from few of them with crops
 * and flips alone begins with what tells classes and ends with what tells pictures: they show
 * memorization in half a minute.
 *
 * <p>An image depends only on the seed, its part and its position: the same on every platform, and
 * a smaller set is the beginning of a larger one.
 */
public final class ProceduralImages {
  static final int SIDE = 32;

  private static final int TRAIN = 2_000;
  private static final int TEST = 1_000;

  private static final ImmutableList<Figure> FIGURES = ImmutableList.copyOf(Figure.values());

  private static final Kind SHAPES =
      new Kind(
          "shapes",
          SIDE,
          FIGURES.stream()
              .map(figure -> figure.name().toLowerCase(Locale.ROOT))
              .collect(ImmutableList.toImmutableList()),
          (label, random) -> Scene.drawn(FIGURES.get(label), random));

  private static final Kind TEXTURES =
      new Kind("textures", Texture.SIDE, Texture.names(), Texture::drawn);

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
    return SHAPES.drawn(trainCount, testCount, seed);
  }

  /**
   * 3,300 train and 3,000 test images; image {@code i} of each part is of class {@code i mod 10}.
   */
  public static ImageDataset textures(long seed) {
    return TEXTURES.drawn(3_300, 3_000, seed);
  }

  /** What is drawn. */
  private record Kind(String name, int side, ImmutableList<String> classes, Pen pen) {
    interface Pen {
      byte[] drawn(int label, SplitMix random);
    }

    ImageDataset drawn(int trainCount, int testCount, long seed) {
      return new ImageDataset(
          part(trainCount, seed, 0),
          part(testCount, seed, 1),
          "procedural " + name + ", seed " + seed);
    }

    /** Part {@code p} takes every second stream of random numbers, from {@code p} on. */
    private LabeledImages part(int count, long seed, int part) {
      byte[][] images =
          IntStream.range(0, count)
              .parallel()
              .mapToObj(i -> pen.drawn(i % classes.size(), SplitMix.stream(seed, 2L * i + part)))
              .toArray(byte[][]::new);
      int[] labels = IntStream.range(0, count).map(i -> i % classes.size()).toArray();
      return LabeledImages.owning(side, side, 3, images, labels, classes);
    }
  }
}
