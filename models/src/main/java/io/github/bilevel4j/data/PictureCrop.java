package io.github.bilevel4j.data;

/**
 * A crop of random area, aspect ratio and place, cut out of a picture on the host and resampled to
 * a square (Szegedy et al. 2015, with the draws of torchvision): up to ten boxes are tried and the
 * first that fits is placed uniformly; if none fits, the largest centered box of an allowed ratio
 * is taken. The area is uniform between shares of the picture's, the aspect ratio log-uniform.
 *
 * @param size height and width of the result in pixels
 * @param minRatio of width to height
 * @param bicubic whether the kernel is the cubic of Keys instead of the triangle
 */
public record PictureCrop(
    int size, double minScale, double maxScale, double minRatio, double maxRatio, boolean bicubic) {
  private static final int ATTEMPTS = 10;

  /** A part of a picture, in pixels. */
  record Box(int top, int left, int height, int width) {
    /** The least box that contains both. */
    Box and(Box other) {
      int upper = Math.min(top, other.top);
      int leftmost = Math.min(left, other.left);
      return new Box(
          upper,
          leftmost,
          Math.max(top + height, other.top + other.height) - upper,
          Math.max(left + width, other.left + other.width) - leftmost);
    }
  }

  /** The box for a picture of a size. */
  Box drawn(int height, int width, SplitMix draws) {
    double pixels = (double) height * width;
    for (int i = 0; i < ATTEMPTS; i++) {
      double area = draws.between(minScale * pixels, maxScale * pixels);
      // Of StrictMath, since resuming elsewhere must give the same boxes.
      double ratio =
          StrictMath.exp(draws.between(StrictMath.log(minRatio), StrictMath.log(maxRatio)));
      long h = Math.round(Math.sqrt(area / ratio));
      long w = Math.round(Math.sqrt(area * ratio));
      if (h >= 1 && h <= height && w >= 1 && w <= width) {
        int top = draws.nextInt(height - (int) h + 1);
        int left = draws.nextInt(width - (int) w + 1);
        return new Box(top, left, (int) h, (int) w);
      }
    }
    return largest(height, width);
  }

  private Box largest(int height, int width) {
    double ratio = (double) width / height;
    int h = ratio < minRatio ? Math.max(1, (int) Math.rint(width / minRatio)) : height;
    int w = ratio > maxRatio ? Math.max(1, (int) Math.rint(height * maxRatio)) : width;
    return new Box((height - h) / 2, (width - w) / 2, h, w);
  }
}
