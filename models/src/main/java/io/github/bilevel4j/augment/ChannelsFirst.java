package io.github.bilevel4j.augment;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;

/** Color images with the channels first, {@code [3, n, height, width]}, and their adjustments. */
record ChannelsFirst(Expr values) {
  /** The shares of red, green and blue in a pixel's luminance (ITU-R BT.601). */
  static final Array LUMINANCE = Array.vector(0.299, 0.587, 0.114);

  static ChannelsFirst of(Expr images) {
    return new ChannelsFirst(images.permuted(3, 0, 1, 2));
  }

  Expr images() {
    return values.permuted(1, 2, 3, 0);
  }

  Expr red() {
    return values.at(0, 0);
  }

  Expr green() {
    return values.at(0, 1);
  }

  Expr blue() {
    return values.at(0, 2);
  }

  /** {@code [n, height, width]}. */
  Expr luminance() {
    return red()
        .times(LUMINANCE.at(0))
        .plus(green().times(LUMINANCE.at(1)))
        .plus(blue().times(LUMINANCE.at(2)));
  }

  /** {@code factor x}. */
  ChannelsFirst brightness(Expr factor) {
    return clipped(values.times(factor));
  }

  /** {@code factor x + (1 - factor) m}, m the image's mean luminance. */
  ChannelsFirst contrast(Expr factor) {
    return blended(luminance().meanKeeping(1, 2), factor);
  }

  /** {@code factor x + (1 - factor) l}, l the pixel's luminance. */
  ChannelsFirst saturation(Expr factor) {
    return blended(luminance(), factor);
  }

  /**
   * The hue turned by a share of the color circle, saturation and value of the HSV model kept.
   *
   * <p>With V the largest and C the range of a pixel's channels and H in [-1, 5) its hue in sixths
   * of the circle, channel f is {@code V - C clip(min(k, 4 - k), 0, 1)}, {@code k = (f + H) mod 6},
   * f = 5, 3, 1 for red, green and blue (Smith 1978).
   */
  ChannelsFirst hue(Expr share) {
    Expr value = red().maximum(green()).maximum(blue());
    Expr range = value.minus(red().minimum(green()).minimum(blue()));
    Expr angle = hueInSixths(value, range).plus(share.times(6));
    Expr channel = Expr.constant(Array.of(Shape.of(3, 1, 1, 1), 5, 3, 1)).plus(angle);
    Expr k = channel.minus(channel.dividedBy(6).floor().times(6));
    Expr part = k.minimum(k.negated().plus(4)).maximum(0).minimum(1);
    return new ChannelsFirst(value.minus(range.times(part)));
  }

  private Expr hueInSixths(Expr value, Expr range) {
    Expr colored = range.greaterThan(0);
    Expr divisor = colored.where(range, Expr.constant(1));
    Expr isRed = red().equalTo(value);
    Expr isGreen = green().equalTo(value);
    Expr numerator =
        isRed.where(
            green().minus(blue()), isGreen.where(blue().minus(red()), red().minus(green())));
    Expr sector = isRed.where(Expr.constant(0), isGreen.where(Expr.constant(2), Expr.constant(4)));
    return numerator.dividedBy(divisor).plus(sector);
  }

  private ChannelsFirst blended(Expr other, Expr factor) {
    return clipped(other.plus(values.minus(other).times(factor)));
  }

  private static ChannelsFirst clipped(Expr values) {
    return new ChannelsFirst(values.maximum(0).minimum(1));
  }
}
