package io.github.bilevel4j.augment;

import io.github.bilevel4j.expr.Expr;

/**
 * Operations that send each value of a channel to another value: tables with an entry for each of
 * the values 0 to 255, one for all images and channels {@code [256]}, for each image {@code [n,
 * 256]}, or for each channel {@code [3, n, 256]}.
 */
final class LookupTables {
  private static final int LARGEST = ImageBytes.COUNT - 1;

  private LookupTables() {}

  /** The tables of the operations that are applied, {@code [3, n, 256]}. */
  static Expr of(ChosenOperations chosen, ImageBytes images) {
    Expr tables = identity();
    tables = chosen.tableOr(tables, Operation.INVERT, inverted());
    tables =
        chosen.tableOr(tables, Operation.SOLARIZE, solarized(chosen.column(Operation.SOLARIZE)));
    tables =
        chosen.tableOr(tables, Operation.POSTERIZE, posterized(chosen.column(Operation.POSTERIZE)));
    tables =
        chosen.tableOr(
            tables, Operation.BRIGHTNESS, brightened(chosen.column(Operation.BRIGHTNESS)));
    tables =
        chosen.tableOr(
            tables, Operation.CONTRAST, contrasted(chosen.column(Operation.CONTRAST), images));
    tables = chosen.tableOr(tables, Operation.AUTO_CONTRAST, stretched(images));
    return chosen.tableOr(tables, Operation.EQUALIZE, equalized(images));
  }

  private static Expr identity() {
    return Expr.range(ImageBytes.COUNT);
  }

  private static Expr inverted() {
    return identity().negated().plus(LARGEST);
  }

  /** Values from the threshold on inverted. */
  private static Expr solarized(Expr threshold) {
    return identity().lessThan(threshold).where(identity(), inverted());
  }

  /** The highest bits alone. */
  private static Expr posterized(Expr bits) {
    Expr lost = bits.floor().negated().plus(8);
    // An exponential of a logarithm is not quite a whole number.
    Expr multiple = lost.times(Math.log(2)).exp().plus(0.5).floor();
    return identity().dividedBy(multiple).floor().times(multiple);
  }

  private static Expr brightened(Expr factor) {
    return ImageBytes.blended(Expr.constant(0), identity(), factor);
  }

  /** Away from the image's mean luminance or towards it. */
  private static Expr contrasted(Expr factor, ImageBytes images) {
    Expr mean = images.luminance().mean(1, 2).plus(0.5).floor().reshape(-1, 1);
    return ImageBytes.blended(mean, identity(), factor);
  }

  /** The smallest value of a channel to 0, the largest one to 255, linear between them. */
  private static Expr stretched(ImageBytes images) {
    Expr least = least(images);
    Expr range = largest(images).minus(least);
    Expr some = range.greaterThan(0);
    Expr scaled = identity().minus(least).times(LARGEST).dividedBy(positive(range));
    return some.where(scaled.maximum(0).minimum(LARGEST).floor(), identity());
  }

  /**
   * Values to their ranks in the channel's histogram: with {@code step} the 255th part of the
   * pixels that are not of the largest value, rounded down, v to {@code floor((step / 2 + number of
   * pixels below v) / step)}. Nothing is done where the step is zero.
   */
  private static Expr equalized(ImageBytes images) {
    Expr histograms = images.histograms();
    Expr isLargest = identity().equalTo(largest(images));
    Expr ofLargest = histograms.times(isLargest).sumKeeping(2);
    Expr others = histograms.sumKeeping(2).minus(ofLargest);
    Expr step = others.dividedBy(LARGEST).floor();
    Expr safe = positive(step);
    Expr below = histograms.exclusiveCumsum(2);
    Expr ranks = step.dividedBy(2).floor().plus(below).dividedBy(safe).floor();
    return step.greaterThan(0).where(ranks.minimum(LARGEST), identity());
  }

  private static Expr positive(Expr number) {
    return number.maximum(1);
  }

  /** {@code [3, n, 1]}. */
  private static Expr least(ImageBytes images) {
    return images.values().min(2, 3).unsqueezed(2);
  }

  /** {@code [3, n, 1]}. */
  private static Expr largest(ImageBytes images) {
    return images.values().max(2, 3).unsqueezed(2);
  }
}
