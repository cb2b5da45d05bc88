package io.github.bilevel4j.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;

/**
 * The chunks of a PNG stream (W3C Portable Network Graphics, section 5). {@code javax.imageio}
 * reads neither checksums nor the end chunk, so a damaged file would pass for a picture.
 */
final class PngStructure {
  private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

  /** Length, type and checksum. */
  private static final int CHUNK_OVERHEAD = 12;

  private PngStructure() {}

  static boolean matches(byte[] file) {
    return file.length >= SIGNATURE.length
        && Arrays.equals(SIGNATURE, 0, SIGNATURE.length, file, 0, SIGNATURE.length);
  }

  /** Fails if a chunk is incomplete or damaged, or the end chunk is missing. */
  static void check(byte[] file) throws IOException {
    ByteBuffer in = ByteBuffer.wrap(file).position(SIGNATURE.length);
    String type = "";
    while (!type.equals("IEND")) {
      int length = in.remaining() < CHUNK_OVERHEAD ? -1 : in.getInt();
      if (length < 0 || length > in.remaining() - 8) {
        throw new IOException("the file ends too early");
      }
      type = new String(file, in.position(), 4, StandardCharsets.ISO_8859_1);
      CRC32 crc = new CRC32();
      crc.update(file, in.position(), 4 + length);
      in.position(in.position() + 4 + length);
      if ((int) crc.getValue() != in.getInt()) {
        throw new IOException("the checksum of chunk " + type + " is wrong");
      }
    }
  }
}
