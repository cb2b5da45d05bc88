package io.github.bilevel4j.data;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.common.collect.ImmutableList;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The header of an array in NumPy's format, versions 1 to 3 (NumPy Enhancement Proposal 1).
 *
 * @param type of elements, for instance {@code <i8} or {@code |u1}
 * @param shape the length of each axis, the last one varying fastest
 * @param begin where the elements begin
 */
record NpyFile(String type, ImmutableList<Long> shape, int begin) {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final int VERSION_AT = 6;
  private static final int LENGTH_AT = 8;
  private static final int MOST_AXES = 8;
  private static final Pattern HEADER =
      Pattern.compile(
          "\\{(?=.*'descr': *'([^']{1,8})')(?=.*'fortran_order': *(True|False))"
              + "(?=.*'shape': *\\(([0-9, ]{0,200})\\)).*\\}\\s*",
          Pattern.DOTALL);

  static boolean matches(byte[] content) {
    return content.length >= MAGIC.length
        && ByteBuffer.wrap(content, 0, MAGIC.length).equals(ByteBuffer.wrap(MAGIC));
  }

  /** Reads the header at the beginning of a file. */
  static NpyFile header(byte[] content) throws IOException {
    if (content.length < LENGTH_AT + Integer.BYTES) {
      throw new EOFException();
    }
    ByteBuffer bytes = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
    boolean isFirst = bytes.get(VERSION_AT) == 1;
    int at = LENGTH_AT + (isFirst ? Short.BYTES : Integer.BYTES);
    int length = isFirst ? Short.toUnsignedInt(bytes.getShort(LENGTH_AT)) : bytes.getInt(LENGTH_AT);
    if (length < 0 || length > content.length - at) {
      throw new EOFException();
    }
    Matcher header = HEADER.matcher(new String(content, at, Math.min(length, 1 << 12), ISO_8859_1));
    if (!header.matches()) {
      throw new IOException("its header is malformed");
    } else if (header.group(2).equals("True")) {
      throw new IOException("its array is in Fortran order");
    }
    return new NpyFile(header.group(1), shape(header.group(3)), at + length);
  }

  private static ImmutableList<Long> shape(String axes) throws IOException {
    ImmutableList.Builder<Long> shape = ImmutableList.builder();
    String rest = axes.replace(" ", "");
    String[] lengths = rest.isEmpty() ? new String[0] : rest.split(",", -1);
    int count =
        lengths.length > 0 && lengths[lengths.length - 1].isEmpty()
            ? lengths.length - 1
            : lengths.length;
    for (int i = 0; i < count; i++) {
      if (count > MOST_AXES || !lengths[i].matches("[0-9]{1,12}")) {
        throw new IOException("its shape is malformed");
      }
      shape.add(Long.parseLong(lengths[i]));
    }
    return shape.build();
  }

  /** A vector of 64-bit integers. */
  static long[] vector(byte[] content) throws IOException {
    NpyFile header = header(content);
    if (!header.type.equals("<i8") || header.shape.size() != 1) {
      throw new IOException(
          "it has elements %s of shape %s; positions are <i8 of one axis"
              .formatted(header.type, header.shape));
    }
    long count = header.shape.get(0);
    if (count * Long.BYTES != content.length - header.begin) {
      throw new IOException("its length does not fit its shape");
    }
    long[] vector = new long[(int) count];
    ByteBuffer.wrap(content, header.begin, content.length - header.begin)
        .order(ByteOrder.LITTLE_ENDIAN)
        .asLongBuffer()
        .get(vector);
    return vector;
  }
}
