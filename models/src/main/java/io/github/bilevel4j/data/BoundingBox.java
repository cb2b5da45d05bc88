package io.github.bilevel4j.data;

/**
 * A box in a picture whose height and width are 1 each, so that it stays the same when the picture
 * is resized.
 */
public record BoundingBox(double left, double top, double right, double bottom) {

  /** Its width times its height; 0 if it is turned inside out. */
  public double area() {
    return Math.max(0, right - left) * Math.max(0, bottom - top);
  }

  /** The area that both have over the area that one of them has, in [0, 1]. */
  public double overlap(BoundingBox other) {
    BoundingBox both =
        new BoundingBox(
            Math.max(left, other.left),
            Math.max(top, other.top),
            Math.min(right, other.right),
            Math.min(bottom, other.bottom));
    double common = both.area();
    return common == 0 ? 0 : common / (area() + other.area() - common);
  }
}
