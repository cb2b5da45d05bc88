package io.github.bilevel4j.backend;

/** The floating point format in which an engine computes and keeps its variables. */
public enum Precision {
  /** IEEE 754 binary32, about 7 decimal digits. Whole numbers are exact up to 2^24. */
  FLOAT32(4),
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
