package io.github.bilevel4j.data;

import com.google.common.collect.ImmutableList;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * A patch of waves that go nearly the same way: the class is their direction, one of five, and
 * their wavelength, coarse or fine. Brightness, contrast, tint, a slope of light, the waves' phases
 * and what each does to the colors differ from picture to picture, so that two crops of one picture
 * are easily told from those of another without knowing its class.
 */
final class Texture {
  static final int SIDE = 16;

  private static final int DIRECTIONS = 5;

  /** Periods across a picture. */
  private static final double COARSE = 2;

  private static final double FINE = 3.6;
  private static final int WAVES = 6;
  private static final int CHANNELS = 3;

  /** Half of the range of samples, and how many of them a contrast of one takes. */
  private static final double MIDDLE = 128;

  private static final double SCALE = 40;
  private static final double NOISE = 35;

  private final SplitMix random;
  private final double[] light = new double[SIDE * SIDE * CHANNELS];

  private Texture(SplitMix random) {
    this.random = random;
  }

  /** The names of the classes. */
  static ImmutableList<String> names() {
    return IntStream.range(0, 2 * DIRECTIONS)
        .mapToObj(
            label ->
                String.format(
                    Locale.ROOT,
                    "%s-%03d",
                    isFine(label) ? "fine" : "coarse",
                    label % DIRECTIONS * 180 / DIRECTIONS))
        .collect(ImmutableList.toImmutableList());
  }

  private static boolean isFine(int label) {
    return label >= DIRECTIONS;
  }

  /** RGB samples {@code [16, 16, 3]}. */
  static byte[] drawn(int label, SplitMix random) {
    return new Texture(random).drawn(label);
  }

  private byte[] drawn(int label) {
    double angle = label % DIRECTIONS * Math.PI / DIRECTIONS + 0.15 * random.nextGaussian();
    double periods = (isFine(label) ? FINE : COARSE) * spread(0.15);
    for (int wave = 0; wave < WAVES; wave++) {
      addWave(angle + 0.25 * random.nextGaussian(), periods * spread(0.2));
    }
    double contrast = 0.6 * spread(0.5) / deviation();
    double brightness = 0.8 * random.nextGaussian();
    double[] tint = gaussians(0.1);
    double[] across = gaussians(0.2);
    double[] down = gaussians(0.2);
    byte[] samples = new byte[light.length];
    for (int i = 0; i < samples.length; i++) {
      int channel = i % CHANNELS;
      double slope = across[channel] * (x(i) - 0.5) + down[channel] * (y(i) - 0.5);
      double seen = contrast * light[i] + brightness + tint[channel] + slope;
      samples[i] = level(MIDDLE + SCALE * seen + NOISE * random.nextGaussian());
    }
    return samples;
  }

  private void addWave(double angle, double periods) {
    double kx = 2 * Math.PI * periods * StrictMath.cos(angle);
    double ky = 2 * Math.PI * periods * StrictMath.sin(angle);
    double phase = random.between(0, 2 * Math.PI);
    double[] amplitudes = gaussians(0.3);
    for (int pixel = 0; pixel < light.length; pixel += CHANNELS) {
      double wave = StrictMath.sin(kx * x(pixel) + ky * y(pixel) + phase);
      for (int channel = 0; channel < CHANNELS; channel++) {
        light[pixel + channel] += (1 + amplitudes[channel]) * wave;
      }
    }
  }

  private static double x(int sample) {
    int column = sample / CHANNELS % SIDE;
    return (double) column / SIDE;
  }

  private static double y(int sample) {
    int row = sample / CHANNELS / SIDE;
    return (double) row / SIDE;
  }

  /** A factor about one, whose logarithm has this standard deviation. */
  private double spread(double deviation) {
    return StrictMath.exp(deviation * random.nextGaussian());
  }

  private double[] gaussians(double deviation) {
    double[] values = new double[CHANNELS];
    Arrays.setAll(values, i -> deviation * random.nextGaussian());
    return values;
  }

  private double deviation() {
    double mean = Arrays.stream(light).sum() / light.length;
    double squares = 0;
    for (double each : light) {
      squares += (each - mean) * (each - mean);
    }
    return Math.sqrt(squares / light.length);
  }

  private static byte level(double value) {
    return (byte) Math.min(Math.max(Math.round(value), 0), 255);
  }
}
