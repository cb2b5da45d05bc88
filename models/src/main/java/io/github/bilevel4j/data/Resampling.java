package io.github.bilevel4j.data;

import java.util.Arrays;

/**
 * The resampling of one axis. As in Pillow (and in PyTorch with {@code antialias}), the kernel is
 * widened by the scale where an image shrinks, so that every source pixel counts.
 */
final class Resampling {
  private static final int CHANNELS = 3;

  /** The first source pixel that counts for each output pixel. */
  private final int[] first;

  /** The weights of the source pixels from there on, with sum one. */
  private final float[][] weights;

  private Resampling(int[] first, float[][] weights) {
    this.first = first;
    this.weights = weights;
  }

  /**
   * Output pixel o of {@code outputs} is centered at {@code start + (o + 1/2) length / outputs};
   * source pixel p at {@code p + 1/2}.
   *
   * @param low the first source pixel that may count
   * @param high the one after the last that may count
   */
  static Resampling of(
      double start, double length, int outputs, int low, int high, boolean bicubic) {
    double scale = length / outputs;
    double widening = Math.max(scale, 1);
    double reach = (bicubic ? 2 : 1) * widening;
    int[] first = new int[outputs];
    float[][] weights = new float[outputs][];
    for (int o = 0; o < outputs; o++) {
      double center = start + (o + 0.5) * scale;
      int from = within((int) Math.floor(center - reach), low, high - 1);
      int to = within((int) Math.ceil(center + reach), from + 1, high);
      first[o] = from;
      weights[o] = weights(center, widening, from, to, bicubic);
    }
    return new Resampling(first, weights);
  }

  private static int within(int position, int low, int high) {
    return Math.max(low, Math.min(position, high));
  }

  private static float[] weights(
      double center, double widening, int from, int to, boolean bicubic) {
    double[] kernel = new double[to - from];
    double sum = 0;
    for (int p = from; p < to; p++) {
      double distance = Math.abs(p + 0.5 - center) / widening;
      kernel[p - from] = bicubic ? cubic(distance) : Math.max(0, 1 - distance);
      sum += kernel[p - from];
    }
    float[] weights = new float[kernel.length];
    for (int i = 0; i < kernel.length; i++) {
      weights[i] = (float) (sum == 0 ? 1.0 / kernel.length : kernel[i] / sum);
    }
    return weights;
  }

  /** The cubic of Keys (1981) with a = -1/2. */
  private static double cubic(double t) {
    if (t < 1) {
      return (1.5 * t - 2.5) * t * t + 1;
    }
    return t < 2 ? ((-0.5 * t + 2.5) * t - 4) * t + 2 : 0;
  }

  private int outputs() {
    return first.length;
  }

  /**
   * Resamples both axes of an image.
   *
   * @param rgb {@code [height, width, 3]}
   * @param into where the result is written, {@code [rows, columns, 3]} rounded to whole numbers
   */
  static void resample(
      byte[] rgb, int width, Resampling rows, Resampling columns, byte[] into, int at) {
    int top = rows.first[0];
    int lines = 0;
    for (int o = 0; o < rows.outputs(); o++) {
      lines = Math.max(lines, rows.first[o] + rows.weights[o].length - top);
    }
    int line = CHANNELS * columns.outputs();
    float[] narrowed = new float[lines * line];
    for (int y = 0; y < lines; y++) {
      columns.narrow(rgb, CHANNELS * (top + y) * width, narrowed, y * line);
    }
    float[] sums = new float[line];
    for (int o = 0; o < rows.outputs(); o++) {
      Arrays.fill(sums, 0);
      for (int k = 0; k < rows.weights[o].length; k++) {
        float weight = rows.weights[o][k];
        int from = (rows.first[o] + k - top) * line;
        for (int x = 0; x < line; x++) {
          sums[x] += weight * narrowed[from + x];
        }
      }
      for (int x = 0; x < line; x++) {
        into[at + o * line + x] = (byte) Math.max(0, Math.min((int) (sums[x] + 0.5f), 255));
      }
    }
  }

  /** One line of an image. */
  private void narrow(byte[] rgb, int from, float[] into, int at) {
    for (int o = 0; o < outputs(); o++) {
      float red = 0;
      float green = 0;
      float blue = 0;
      int position = from + CHANNELS * first[o];
      for (float weight : weights[o]) {
        red += weight * (rgb[position] & 0xff);
        green += weight * (rgb[position + 1] & 0xff);
        blue += weight * (rgb[position + 2] & 0xff);
        position += CHANNELS;
      }
      into[at + CHANNELS * o] = red;
      into[at + CHANNELS * o + 1] = green;
      into[at + CHANNELS * o + 2] = blue;
    }
  }
}
