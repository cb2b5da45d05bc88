package io.github.bilevel4j.weights;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.primitives.Ints;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Writes the operations of a pickle. */
final class PickleWriter {
  private final OutputStream out;

  PickleWriter(OutputStream out) {
    this.out = out;
  }

  /** {@code PROTO}. */
  PickleWriter protocol(int number) throws IOException {
    return op(0x80).raw(number);
  }

  private PickleWriter raw(int... bytes) throws IOException {
    for (int each : bytes) {
      out.write(each);
    }
    return this;
  }

  /** An operation without an argument, by its code. */
  PickleWriter op(int code) throws IOException {
    out.write(code);
    return this;
  }

  /** Operations without an argument, by their characters. */
  PickleWriter ops(String codes) throws IOException {
    out.write(codes.getBytes(UTF_8));
    return this;
  }

  /** A class or function. */
  PickleWriter global(String module, String name) throws IOException {
    return ops("c" + module + "\n" + name + "\n");
  }

  PickleWriter text(String text) throws IOException {
    byte[] bytes = text.getBytes(UTF_8);
    op('X').littleEndian(bytes.length);
    out.write(bytes);
    return this;
  }

  /** A whole number of four or eight bytes. */
  PickleWriter integer(long value) throws IOException {
    if (value == (int) value) {
      return op('J').littleEndian((int) value);
    }
    op(0x8a).raw(Long.BYTES);
    out.write(
        ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
    return this;
  }

  /** Bytes, of protocol 3, whose content follows from what is written next. */
  PickleWriter bytesHeader(long length) throws IOException {
    return op('B').littleEndian(Ints.checkedCast(length));
  }

  /** A tuple of whole numbers. */
  PickleWriter integers(Iterable<Long> values) throws IOException {
    op('(');
    for (long value : values) {
      integer(value);
    }
    return op('t');
  }

  private PickleWriter littleEndian(int value) throws IOException {
    out.write(
        ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
    return this;
  }
}
