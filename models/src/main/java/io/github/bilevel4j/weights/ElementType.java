package io.github.bilevel4j.weights;

import java.nio.ByteBuffer;

/** How numbers are stored in a file, in little-endian order. */
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

  /** Size of one number. */
  public int bytes() {
    return bytes;
  }

  double get(ByteBuffer buffer) {
    return switch (this) {
      case F64 -> buffer.getDouble();
      case F32 -> buffer.getFloat();
      case I64 -> buffer.getLong();
    };
  }

  void put(ByteBuffer buffer, double value) {
    switch (this) {
      case F64 -> buffer.putDouble(value);
      case F32 -> buffer.putFloat((float) value);
      case I64 -> buffer.putLong((long) value);
    }
  }
}
