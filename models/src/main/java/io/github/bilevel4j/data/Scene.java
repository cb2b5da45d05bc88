package io.github.bilevel4j.data;

import java.util.Arrays;

/**
 * A figure on a ground, with everything but the figure drawn at random: its place, size, angle and
 * color, the two colors and the clouds of the ground, a blob that may cover a part of the figure,
 * the brightness of the light and the noise of the camera.
 */
final class Scene {
  private static final int SIDE = ProceduralImages.SIDE;

  /** Sub-pixels along each axis. */
  private static final int SAMPLES = 4;

  /** The least difference in luma between the figure and each color of the ground. */
  private static final double CONTRAST = 0.25;

  private final SplitMix random;

  private Scene(SplitMix random) {
    this.random = random;
  }

  /** RGB samples {@code [32, 32, 3]}. */
  static byte[] drawn(Figure figure, SplitMix random) {
    return new Scene(random).drawn(figure);
  }

  private byte[] drawn(Figure figure) {
    double[] near = color();
    double[] far = mixed(near, color(), 0.3);
    double[] clouds = clouds();
    double[] paint = colorUnlike(near, far);
    double[] figureCover = posed(figure, random.between(8, 13));
    double[] blobPaint = color();
    double[] blobCover = posed(Figure.DISC, random.between(0, 6));
    double light = random.between(0.7, 1.2);
    double noise = random.between(0.01, 0.06);
    byte[] samples = new byte[SIDE * SIDE * 3];
    for (int pixel = 0; pixel < SIDE * SIDE; pixel++) {
      for (int channel = 0; channel < 3; channel++) {
        double ground = mixed(near[channel], far[channel], clouds[pixel]);
        double painted = mixed(ground, paint[channel], figureCover[pixel]);
        double seen = mixed(painted, blobPaint[channel], blobCover[pixel]);
        samples[3 * pixel + channel] = level(light * seen + noise * random.nextGaussian());
      }
    }
    return samples;
  }

  private static byte level(double value) {
    return (byte) Math.round(255 * Math.min(Math.max(value, 0), 1));
  }

  /** Halfway between a random gray and a random color. */
  private double[] color() {
    double gray = random.between(0, 1);
    double[] vivid = {random.between(0, 1), random.between(0, 1), random.between(0, 1)};
    return mixed(vivid, new double[] {gray, gray, gray}, 0.5);
  }

  private double[] colorUnlike(double[] near, double[] far) {
    double[] color = color();
    while (Math.abs(luma(color) - luma(near)) < CONTRAST
        || Math.abs(luma(color) - luma(far)) < CONTRAST) {
      color = color();
    }
    return color;
  }

  private static double luma(double[] rgb) {
    return 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2];
  }

  private static double[] mixed(double[] from, double[] to, double share) {
    double[] mixed = new double[from.length];
    Arrays.setAll(mixed, i -> mixed(from[i], to[i], share));
    return mixed;
  }

  private static double mixed(double from, double to, double share) {
    return from + share * (to - from);
  }

  /** Smooth values in [0, 1]: bilinear between the random knots of a coarse grid. */
  private double[] clouds() {
    int cells = 1 + random.nextInt(4);
    double[] knots = new double[(cells + 1) * (cells + 1)];
    Arrays.setAll(knots, i -> random.between(0, 1));
    double[] clouds = new double[SIDE * SIDE];
    for (int pixel = 0; pixel < clouds.length; pixel++) {
      int row = pixel / SIDE;
      int column = pixel % SIDE;
      double y = (row + 0.5) * cells / SIDE;
      double x = (column + 0.5) * cells / SIDE;
      int above = ((int) y) * (cells + 1) + (int) x;
      int below = above + cells + 1;
      double upper = knots[above] + x % 1 * (knots[above + 1] - knots[above]);
      double lower = knots[below] + x % 1 * (knots[below + 1] - knots[below]);
      clouds[pixel] = upper + y % 1 * (lower - upper);
    }
    return clouds;
  }

  /** The share of each pixel that a figure of this radius covers, at a random place and angle. */
  private double[] posed(Figure figure, double radius) {
    double angle = random.between(0, 2 * Math.PI);
    double cos = StrictMath.cos(angle) / radius;
    double sin = StrictMath.sin(angle) / radius;
    double margin = 1.2 * radius;
    double centerY = random.between(margin, SIDE - margin);
    double centerX = random.between(margin, SIDE - margin);
    double reach = Figure.REACH * radius;
    double[] cover = new double[SIDE * SIDE];
    for (int row = first(centerY - reach); row < end(centerY + reach); row++) {
      double y = (row + 0.5) / SAMPLES - centerY;
      for (int column = first(centerX - reach); column < end(centerX + reach); column++) {
        double x = (column + 0.5) / SAMPLES - centerX;
        if (figure.covers(cos * x + sin * y, cos * y - sin * x)) {
          cover[row / SAMPLES * SIDE + column / SAMPLES] += 1.0 / (SAMPLES * SAMPLES);
        }
      }
    }
    return cover;
  }

  /** The first sub-pixel along an axis that may lie beyond a place. */
  private static int first(double place) {
    return Math.max((int) (place * SAMPLES) - 1, 0);
  }

  /** The sub-pixel after the last one that may lie before a place. */
  private static int end(double place) {
    return Math.min((int) (place * SAMPLES) + 1, SIDE * SAMPLES);
  }
}
