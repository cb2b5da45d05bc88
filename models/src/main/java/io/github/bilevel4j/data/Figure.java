package io.github.bilevel4j.data;

import com.google.errorprone.annotations.Immutable;

/**
 * A plane figure in the unit disc, given by the points that it covers. Only the operations of IEEE
 * arithmetic and {@link StrictMath} are used, so that it is the same on every platform.
 */
enum Figure {
  CHECKERBOARD((x, y) -> square(x, y) <= 0.8 && (cell(x, 0.4) + cell(y, 0.4)) % 2 == 0),
  CRESCENT((x, y) -> radius(x, y) <= 0.95 && radius(x - 0.45, y) > 0.75),
  CROSS((x, y) -> Math.min(Math.abs(x), Math.abs(y)) <= 0.25 && square(x, y) <= 0.95),
  DISC((x, y) -> radius(x, y) <= 0.85),
  DOTS((x, y) -> radius(Math.abs(x) - 0.55, y) <= 0.42),
  RING((x, y) -> radius(x, y) <= 0.95 && radius(x, y) > 0.55),
  SQUARE((x, y) -> square(x, y) <= 0.75),
  STAR((x, y) -> sidesBeyond(5, StrictMath.cos(0.4 * Math.PI), x, y) <= 1),
  STRIPES((x, y) -> radius(x, y) <= 0.95 && cell(x, 0.38) % 2 == 0),
  TRIANGLE((x, y) -> sidesBeyond(3, 0.5, x, y) == 0);

  @Immutable
  private interface Region {
    boolean covers(double x, double y);
  }

  private final Region region;

  Figure(Region region) {
    this.region = region;
  }

  boolean covers(double x, double y) {
    return region.covers(x, y);
  }

  private static double radius(double x, double y) {
    return Math.sqrt(x * x + y * y);
  }

  /** The distance in the maximum norm, whose balls are squares. */
  private static double square(double x, double y) {
    return Math.max(Math.abs(x), Math.abs(y));
  }

  /** The number of the cell of the given width, counted from one that is well outside. */
  private static int cell(double x, double width) {
    return (int) Math.floor(x / width) + 100;
  }

  /**
   * How many sides of a regular polygon with the given inradius have the point beyond them: none
   * inside it, and at most one in the points of the star that its sides make when prolonged.
   */
  private static int sidesBeyond(int sides, double inradius, double x, double y) {
    int beyond = 0;
    for (int i = 0; i < sides; i++) {
      double angle = 2 * Math.PI * i / sides;
      if (x * StrictMath.cos(angle) + y * StrictMath.sin(angle) > inradius) {
        beyond++;
      }
    }
    return beyond;
  }
}
