package io.github.bilevel4j.augment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.layer.Computed;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ChannelsFirstTest {
  private static final double[][] PIXELS = {
    {0.2, 0.5, 0.9}, {0.7, 0.1, 0.3}, {1, 1, 1}, {0, 0, 0}, {0.4, 0.4, 0.4}, {0.6, 0.6, 0.2},
    {0.6, 0.2, 0.6}, {0.2, 0.6, 0.6}, {1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {0.9, 0.25, 0.2}
  };
  private static final Expr IMAGE =
      Expr.constant(Array.matrix(PIXELS)).reshape(1, 1, PIXELS.length, 3);

  @Test
  void goThereAndBack() {
    assertThat(Computed.of(ChannelsFirst.of(IMAGE).images())).isEqualTo(Computed.of(IMAGE));
  }

  @Test
  void saturationBlendsWithTheLuminanceAndContrastWithItsMean() {
    List<Array> computed =
        Computed.of(
            List.of(
                ChannelsFirst.of(IMAGE).saturation(Expr.constant(0.3)).images(),
                ChannelsFirst.of(IMAGE).contrast(Expr.constant(1.5)).images()));

    double mean = 0;
    for (double[] pixel : PIXELS) {
      mean += luminance(pixel) / PIXELS.length;
    }
    for (int i = 0; i < PIXELS.length; i++) {
      for (int c = 0; c < 3; c++) {
        double x = PIXELS[i][c];
        assertThat(computed.get(0).get(0, 0, i, c))
            .isCloseTo(clip(0.3 * x + 0.7 * luminance(PIXELS[i])), within(1e-12));
        assertThat(computed.get(1).get(0, 0, i, c))
            .isCloseTo(clip(1.5 * x - 0.5 * mean), within(1e-12));
      }
    }
  }

  @Test
  void hueIsThatOfTheHsvModel() {
    List<double[]> pixels = new ArrayList<>(List.of(PIXELS));
    Random random = new Random(1);
    random.doubles(200).forEach(r -> pixels.add(new double[] {r, random.nextDouble(), 0.4}));
    Expr image =
        Expr.constant(Array.matrix(pixels.toArray(new double[0][])))
            .reshape(1, 1, pixels.size(), 3);
    double[] shares = {0, 0.1, -0.1, 1.0 / 3, 0.5, -0.5};

    List<Array> computed = new ArrayList<>();
    for (double share : shares) {
      computed.add(
          Computed.of(ChannelsFirst.of(image).hue(Expr.filled(share, Shape.of(1, 1, 1))).images()));
    }
    for (int s = 0; s < shares.length; s++) {
      for (int i = 0; i < pixels.size(); i++) {
        double[] hsv = hsv(pixels.get(i));
        double[] expected = rgb(hsv[0] + shares[s], hsv[1], hsv[2]);
        for (int c = 0; c < 3; c++) {
          assertThat(computed.get(s).get(0, 0, i, c)).isCloseTo(expected[c], within(1e-12));
        }
      }
    }
  }

  /** Foley and van Dam's sectors, hue as a share of the circle. */
  private static double[] hsv(double[] rgb) {
    double max = Math.max(rgb[0], Math.max(rgb[1], rgb[2]));
    double min = Math.min(rgb[0], Math.min(rgb[1], rgb[2]));
    double range = max - min;
    if (range == 0) {
      return new double[] {0, 0, max};
    }
    double sixths;
    if (rgb[0] == max) {
      sixths = (rgb[1] - rgb[2]) / range;
    } else if (rgb[1] == max) {
      sixths = 2 + (rgb[2] - rgb[0]) / range;
    } else {
      sixths = 4 + (rgb[0] - rgb[1]) / range;
    }
    return new double[] {sixths / 6, range / max, max};
  }

  private static double[] rgb(double hue, double saturation, double value) {
    double sixths = (hue - Math.floor(hue)) * 6;
    int sector = (int) sixths;
    double f = sixths - sector;
    double p = value * (1 - saturation);
    double q = value * (1 - saturation * f);
    double t = value * (1 - saturation * (1 - f));
    return switch (sector) {
      case 0 -> new double[] {value, t, p};
      case 1 -> new double[] {q, value, p};
      case 2 -> new double[] {p, value, t};
      case 3 -> new double[] {p, q, value};
      case 4 -> new double[] {t, p, value};
      default -> new double[] {value, p, q};
    };
  }

  private static double luminance(double[] rgb) {
    return 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2];
  }

  private static double clip(double x) {
    return Math.max(0, Math.min(1, x));
  }
}
