package io.github.bilevel4j.data;

import com.google.common.primitives.ImmutableDoubleArray;
import com.google.errorprone.annotations.Immutable;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;

/**
 * A plane figure in the square {@code [-1, 1]^2}, given by the points that it covers. Only IEEE
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
  STAR(sides(5, StrictMath.cos(0.4 * Math.PI), 1)),
  STRIPES((x, y) -> radius(x, y) <= 0.95 && cell(x, 0.38) % 2 == 0),
  TRIANGLE(sides(3, 0.5, 0));

  /** No point of a figure is farther from the origin: the half diagonal of the square. */
  static final double REACH = 1.42;

  @Immutable
  private interface Region {
    boolean covers(double x, double y);
  }

  private final Region region;

  Figure(Region region) {
    this.region = region;
  }

  boolean covers(double x, double y) {
    return square(x, y) <= 1 && region.covers(x, y);
  }

  private static double radius(double x, double y) {
    return Math.sqrt(x * x + y * y);
  }

  /** The distance from the origin in the maximum norm, whose balls are squares. */
  private static double square(double x, double y) {
    return Math.max(Math.abs(x), Math.abs(y));
  }

  /** The number of the cell of the given width, counted from one that is well outside. */
  private static int cell(double x, double width) {
    return (int) Math.floor(x / width) + 100;
  }

  /**
   * The points that lie beyond at most so many sides of a regular polygon: with none the polygon,
   * with one the star that its sides make when they are prolonged.
   */
  private static Region sides(int count, double inradius, int beyondAtMost) {
    ImmutableDoubleArray cos = ofAngles(count, StrictMath::cos);
    ImmutableDoubleArray sin = ofAngles(count, StrictMath::sin);
    return (x, y) -> {
      int beyond = 0;
      for (int i = 0; i < count; i++) {
        if (x * cos.get(i) + y * sin.get(i) > inradius) {
          beyond++;
        }
      }
      return beyond <= beyondAtMost;
    };
  }

  private static ImmutableDoubleArray ofAngles(int count, DoubleUnaryOperator function) {
    return ImmutableDoubleArray.copyOf(
        IntStream.range(0, count).mapToDouble(i -> 2 * Math.PI * i / count).map(function));
  }
}
