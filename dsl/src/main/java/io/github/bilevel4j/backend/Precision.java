package io.github.bilevel4j.backend;

/** The floating point format in which an engine computes and keeps its variables. */
public enum Precision {
  /**
   * IEEE 754 binary32, about 7 decimal digits. Whole numbers are exact up to 2^24; only those used
   * as indices, and the positions of maxima, may be larger.
   */
  FLOAT32(4),
  /**
   * Binary32, but convolutions and their derivatives round their operands and results to bfloat16
   * (8 bits, about 2 decimal digits) and accumulate in binary32, where the device's matrix units
   * are several times faster. Batch normalization, rectifiers, sums of such results and biases
   * added to them are rounded too, as automatic mixed precision does elsewhere; statistics, other
   * reductions, losses, variables but for {@linkplain io.github.bilevel4j.expr.Expr#kept kept}
   * values, and derivatives in filters whose channels are no multiples of 16 stay in binary32.
   */
  MIXED(4),
  /** IEEE 754 binary64, about 16 decimal digits. */
  FLOAT64(8);

  private final int bytes;

  Precision(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes per number. */
  public int bytes() {
    return bytes;
  }
}
