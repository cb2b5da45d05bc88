package io.github.bilevel4j.augment;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.RandomKey;
import io.github.bilevel4j.shape.Array;

/** A box in each image, in whole pixels, each {@code [n]}. */
record CropBoxes(Expr top, Expr left, Expr height, Expr width) {
  private static final int ATTEMPTS = 10;

  /**
   * Torchvision's draw: up to ten boxes of random area and aspect ratio are tried and the first
   * that fits into the image is placed uniformly; if none fits, the largest centered box of an
   * allowed ratio is taken.
   */
  static CropBoxes drawn(
      RandomResizedCrop crop, int n, int imageHeight, int imageWidth, RandomKey randomness) {
    double pixels = (double) imageHeight * imageWidth;
    Expr area =
        randomness
            .foldIn("area")
            .uniformBetween(crop.minScale() * pixels, crop.maxScale() * pixels, n, ATTEMPTS);
    Expr ratio =
        randomness
            .foldIn("ratio")
            .uniformBetween(Math.log(crop.minRatio()), Math.log(crop.maxRatio()), n, ATTEMPTS)
            .exp();
    Expr heights = rounded(area.dividedBy(ratio).sqrt());
    Expr widths = rounded(area.times(ratio).sqrt());
    Expr fits = fits(heights, imageHeight).times(fits(widths, imageWidth));
    Expr first = fits.argMax(1).oneHot(ATTEMPTS);
    Expr any = fits.maxKeeping(1).reshape(n);

    Array fallback = fallback(crop, imageHeight, imageWidth);
    Expr height = any.where(heights.times(first).sum(1), Expr.constant(fallback.at(0)));
    Expr width = any.where(widths.times(first).sum(1), Expr.constant(fallback.at(1)));
    Expr top = offset(height, imageHeight, any, randomness.foldIn("top"));
    Expr left = offset(width, imageWidth, any, randomness.foldIn("left"));
    return new CropBoxes(top, left, height, width);
  }

  private static Expr rounded(Expr x) {
    return x.plus(0.5).floor();
  }

  private static Expr fits(Expr size, int available) {
    return size.atLeast(1).times(Expr.constant(available).atLeast(size));
  }

  private static Array fallback(RandomResizedCrop crop, int height, int width) {
    double ratio = (double) width / height;
    if (ratio < crop.minRatio()) {
      return Array.vector(Math.rint(width / crop.minRatio()), width);
    }
    return ratio > crop.maxRatio()
        ? Array.vector(height, Math.rint(height * crop.maxRatio()))
        : Array.vector(height, width);
  }

  private static Expr offset(Expr size, int available, Expr anywhere, RandomKey randomness) {
    Expr free = Expr.constant(available).minus(size);
    Expr random = randomness.uniform(size.shape().dim(0)).times(free.plus(1)).floor().minimum(free);
    return anywhere.where(random, free.dividedBy(2).floor());
  }
}
