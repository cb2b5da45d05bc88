package io.github.bilevel4j.weights;

import com.google.errorprone.annotations.Immutable;
import java.nio.ByteBuffer;
import java.util.Optional;

/** The types of the safetensors format: how numbers are stored, in little-endian order. */
enum StoredType {
  /** 0 is false, all else is true. */
  BOOL(8, data -> data.get() == 0 ? 0 : 1),
  F4(4),
  F6_E2M3(6),
  F6_E3M2(6),
  U8(8, data -> Byte.toUnsignedInt(data.get())),
  I8(8, ByteBuffer::get),
  F8_E5M2(8),
  F8_E4M3(8),
  F8_E8M0(8),
  F8_E4M3FNUZ(8),
  F8_E5M2FNUZ(8),
  I16(16, ByteBuffer::getShort),
  U16(16, data -> Short.toUnsignedInt(data.getShort())),
  /** IEEE half precision. */
  F16(16, data -> half(data.getShort())),
  /** The upper half of single precision. */
  BF16(16, data -> Float.intBitsToFloat(data.getShort() << 16)),
  I32(32, ByteBuffer::getInt),
  U32(32, data -> Integer.toUnsignedLong(data.getInt())),
  /** IEEE single precision. */
  F32(32, ByteBuffer::getFloat),
  C64(64),
  /** IEEE double precision. */
  F64(64, ByteBuffer::getDouble),
  /** Exact up to 2^53. */
  I64(64, ByteBuffer::getLong),
  /** Exact up to 2^53. */
  U64(64, data -> unsigned(data.getLong()));

  /** Reads one number. */
  @Immutable
  interface Reader {
    double read(ByteBuffer data);
  }

  private final int bits;
  private final Optional<Reader> reader;

  /** A type that can be passed over only. */
  StoredType(int bits) {
    this.bits = bits;
    this.reader = Optional.empty();
  }

  StoredType(int bits, Reader reader) {
    this.bits = bits;
    this.reader = Optional.of(reader);
  }

  /** Size of one number in bits. */
  int bits() {
    return bits;
  }

  /** Whether single precision holds each of its numbers exactly. */
  boolean isSingle() {
    return this == F32 || bits <= Short.SIZE;
  }

  /** What reads one number, if that can be done. */
  Optional<Reader> reader() {
    return reader;
  }

  /** One bit of sign, five of exponent, ten of fraction. */
  private static double half(short bits) {
    int exponent = bits >> 10 & 0x1f;
    int fraction = bits & 0x3ff;
    double magnitude =
        switch (exponent) {
          case 0 -> Math.scalb((double) fraction, -24);
          case 0x1f -> fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
          default -> Math.scalb((double) (0x400 + fraction), exponent - 25);
        };
    return bits < 0 ? -magnitude : magnitude;
  }

  /** Halved, so that it has no sign; the last bit is kept for rounding. */
  private static double unsigned(long bits) {
    return bits >= 0 ? bits : 2.0 * ((bits >>> 1) | (bits & 1));
  }
}
