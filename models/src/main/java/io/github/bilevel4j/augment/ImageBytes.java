package io.github.bilevel4j.augment;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Shape;

/** Color images of whole numbers from 0 to 255, {@code [3, n, height, width]}. */
record ImageBytes(Expr values) {
  /** The number of values. */
  static final int COUNT = 256;

  private static final int LARGEST = COUNT - 1;
  // Pillow's integers: shares of red, green and blue in 65536ths.
  private static final int RED = 19595;
  private static final int GREEN = 38470;
  private static final int BLUE = 7471;
  private static final int ALL = 65536;

  /** Rounded from values in [0, 1]. */
  static ImageBytes of(ChannelsFirst planes) {
    return new ImageBytes(planes.values().times(LARGEST).plus(0.5).floor());
  }

  /** Values in [0, 1]. */
  ChannelsFirst planes() {
    return new ChannelsFirst(values.dividedBy(LARGEST));
  }

  int images() {
    return values.shape().dim(1);
  }

  /** The luminance of each pixel (ITU-R BT.601), rounded, {@code [n, height, width]}. */
  Expr luminance() {
    Expr weighted =
        values
            .at(0, 0)
            .times(RED)
            .plus(values.at(0, 1).times(GREEN))
            .plus(values.at(0, 2).times(BLUE));
    return weighted.plus(ALL / 2).dividedBy(ALL).floor();
  }

  /** {@code other + factor (x - other)}, within 0 to 255 and rounded down. */
  static Expr blended(Expr other, Expr x, Expr factor) {
    return other.plus(x.minus(other).times(factor)).maximum(0).minimum(LARGEST).floor();
  }

  /** The number of pixels of each value in each channel, {@code [3, n, 256]}. */
  Expr histograms() {
    int tables = 3 * images();
    return Expr.filled(1, values.shape())
        .scatterAdd(positions(), tables * COUNT)
        .reshape(3, images(), COUNT);
  }

  /** Each value replaced by its entry in the channel's table, {@code [3, n, 256]}. */
  ImageBytes mapped(Expr tables) {
    Expr all = tables.broadcastTo(Shape.of(3, images(), COUNT));
    return new ImageBytes(all.reshape(-1).gather(positions()));
  }

  /** The positions of values in tables of 256 entries for each channel, one after another. */
  private Expr positions() {
    return values.plus(Expr.range(3 * images()).times(COUNT).reshape(3, images(), 1, 1));
  }
}
