package io.github.bilevel4j.augment;

import io.github.bilevel4j.expr.Expr;

/** The operations of {@link RandAugment}, each with its values at the strengths 0 and 30. */
enum Operation {
  /** Value: pixels along x for each along y. */
  SHEAR_X(0, 0, 0.6),
  /** Value: pixels along y for each along x. */
  SHEAR_Y(1, 0, 0.6),
  /** Value: a share of the width. */
  TRANSLATE_X(2, 0, 0.66),
  /** Value: a share of the height. */
  TRANSLATE_Y(3, 0, 0.66),
  /** Value: degrees. */
  ROTATE(4, 0, 60),
  /** Without a value. */
  AUTO_CONTRAST(5, 0, 1),
  /** Without a value. */
  INVERT(6, 0, 1),
  /** Without a value. */
  EQUALIZE(7, 0, 1),
  /** Value: the first byte that is inverted. */
  SOLARIZE(8, 0, 110),
  /** Value: the number of bits that are kept, rounded down. */
  POSTERIZE(9, 4, 8),
  /** Value: a factor. */
  CONTRAST(10, 0.1, 1.9),
  /** Value: a factor. */
  COLOR(11, 0.1, 1.9),
  /** Value: a factor. */
  BRIGHTNESS(12, 0.1, 1.9),
  /** Value: a factor. */
  SHARPNESS(13, 0.1, 1.9),
  /** Value: the side of a square as a share of the width. */
  CUTOUT(14, 0, 0.4);

  /** Operations from this one on change values, those before it move pixels. */
  static final Operation FIRST_OF_VALUES = AUTO_CONTRAST;

  private static final double STRONGEST = 30;

  private final int number;
  private final double least;
  private final double most;

  Operation(int number, double least, double most) {
    this.number = number;
    this.least = least;
    this.most = most;
  }

  /** Its position in the list, from zero. */
  int number() {
    return number;
  }

  /** {@code least + (most - least) strength / 30}. */
  Expr value(Expr strengths) {
    return strengths.dividedBy(STRONGEST).times(most - least).plus(least);
  }
}
