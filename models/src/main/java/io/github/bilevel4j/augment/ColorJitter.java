package io.github.bilevel4j.augment;

import io.github.bilevel4j.check.Require;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;

/**
 * Each image with a probability changed in brightness, contrast, saturation and hue, in this order
 * (torchvision draws the order anew for each image). The first three factors are uniform on {@code
 * [max(0, 1 - s), 1 + s]} for a strength s, and the hue is turned by a share of the color circle
 * uniform on {@code [-s, s]}. Values stay in [0, 1].
 */
public record ColorJitter(
    double brightness, double contrast, double saturation, double hue, double probability)
    implements Augmentation {

  /**
   * Checks the settings.
   *
   * @throws IllegalArgumentException if a strength is negative, the hue's is beyond 0.5, or the
   *     probability is not in [0, 1]
   */
  public ColorJitter {
    Require.in("color jitter").probability("probability", probability);
    if (!(brightness >= 0 && contrast >= 0 && saturation >= 0 && hue >= 0 && hue <= 0.5)) {
      throw UsageError.in("color jitter")
          .because("a strength is negative, or the hue's is beyond 0.5")
          .value("brightness", brightness)
          .value("contrast", contrast)
          .value("saturation", saturation)
          .value("hue", hue)
          .maybe("the strengths were given in another order.");
    }
  }

  /** With these strengths, for all images. */
  public static ColorJitter strengths(
      double brightness, double contrast, double saturation, double hue) {
    return new ColorJitter(brightness, contrast, saturation, hue, 1);
  }

  /** With a probability. */
  public ColorJitter probability(double newProbability) {
    return new ColorJitter(brightness, contrast, saturation, hue, newProbability);
  }

  @Override
  public Expr apply(Expr images, RandomKey randomness) {
    ImageShapes.requireColor("color jitter", images);
    int n = images.shape().dim(0);
    Expr applied = randomness.foldIn("applied").bernoulli(probability, n, 1, 1);
    ChannelsFirst planes = ChannelsFirst.of(images);
    if (brightness > 0) {
      planes = planes.brightness(factor(brightness, applied, randomness.foldIn("brightness")));
    }
    if (contrast > 0) {
      planes = planes.contrast(factor(contrast, applied, randomness.foldIn("contrast")));
    }
    if (saturation > 0) {
      planes = planes.saturation(factor(saturation, applied, randomness.foldIn("saturation")));
    }
    if (hue > 0) {
      Expr share = randomness.foldIn("hue").uniformBetween(-hue, hue, n, 1, 1);
      planes = planes.hue(share.times(applied));
    }
    return planes.images();
  }

  /** A factor for each image, 1 for those that are not changed. */
  private static Expr factor(double strength, Expr applied, RandomKey randomness) {
    Expr drawn =
        randomness.uniformBetween(
            Math.max(0, 1 - strength), 1 + strength, applied.shape().toArray());
    return applied.where(drawn, Expr.constant(1));
  }
}
