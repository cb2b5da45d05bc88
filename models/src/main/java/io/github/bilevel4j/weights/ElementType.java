package io.github.bilevel4j.weights;

import io.github.bilevel4j.backend.Precision;
import java.nio.ByteBuffer;

/** How numbers are written to a file, in little-endian order. Other types are read, too. */
public enum ElementType {
  /** IEEE double precision. */
  F64(Double.BYTES),
  /** IEEE single precision. */
  F32(Float.BYTES),
  /** Whole numbers of 64 bits, as PyTorch's counters; exact up to 2^53. */
  I64(Long.BYTES);

  private final int bytes;

  ElementType(int bytes) {
    this.bytes = bytes;
  }

  /** That in which an engine of this precision keeps variables. */
  public static ElementType of(Precision precision) {
    return precision == Precision.FLOAT64 ? F64 : F32;
  }

  /** Size of one number. */
  public int bytes() {
    return bytes;
  }

  void put(ByteBuffer buffer, double value) {
    switch (this) {
      case F64 -> buffer.putDouble(value);
      case F32 -> buffer.putFloat((float) value);
      case I64 -> buffer.putLong((long) value);
    }
  }
}
