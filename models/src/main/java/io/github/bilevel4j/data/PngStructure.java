package io.github.bilevel4j.data;

import com.google.common.collect.ImmutableSet;
import com.google.common.io.ByteSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;

/**
 * The chunks of a PNG stream (W3C Portable Network Graphics, section 5). {@code javax.imageio}
 * reads neither checksums nor the end chunk, so a damaged file would pass for a picture; and it
 * unpacks texts and profiles, however large, which are left out here.
 */
final class PngStructure {
  private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

  /** Length, type and checksum. */
  private static final int CHUNK_OVERHEAD = 12;

  private static final ImmutableSet<String> KEPT = ImmutableSet.of("IHDR", "PLTE", "IDAT", "IEND");

  /** No byte of a deflated stream (RFC 1951) gives more: 258 for a code of two bits. */
  private static final long BYTES_UNPACKED = 1032;

  private static final String HEADER = "IHDR";
  private static final int HEADER_BYTES = 13;

  /** The channels of each type of color: gray, none, RGB, palette, gray and alpha, none, RGBA. */
  private static final int[] CHANNELS = {1, 0, 3, 1, 2, 0, 4};

  private PngStructure() {}

  static boolean matches(byte[] file) {
    return file.length >= SIGNATURE.length
        && Arrays.equals(SIGNATURE, 0, SIGNATURE.length, file, 0, SIGNATURE.length);
  }

  /**
   * The same picture without the chunks that do not describe samples.
   *
   * @throws IOException if a chunk is incomplete or damaged, or the first or last chunk is missing
   */
  static EncodedPicture plain(byte[] file) throws IOException {
    ByteBuffer in = ByteBuffer.wrap(file).position(SIGNATURE.length);
    ByteArrayOutputStream kept = new ByteArrayOutputStream(file.length);
    kept.writeBytes(SIGNATURE);
    String type = "";
    while (!type.equals("IEND")) {
      int length = in.remaining() < CHUNK_OVERHEAD ? -1 : in.getInt();
      if (length < 0 || length > in.remaining() - 8) {
        throw new IOException("the file ends too early");
      }
      int at = in.position();
      type = new String(file, at, 4, StandardCharsets.ISO_8859_1);
      CRC32 crc = new CRC32();
      crc.update(file, at, 4 + length);
      in.position(at + 4 + length);
      if ((int) crc.getValue() != in.getInt()) {
        throw new IOException("the checksum of chunk " + type + " is wrong");
      }
      if (KEPT.contains(type)) {
        kept.write(file, at - 4, length + CHUNK_OVERHEAD);
      }
    }
    return encoded(kept.toByteArray());
  }

  private static EncodedPicture encoded(byte[] file) throws IOException {
    ByteBuffer in = ByteBuffer.wrap(file).position(SIGNATURE.length);
    byte[] type = new byte[4];
    int length = in.getInt();
    in.get(type);
    if (length != HEADER_BYTES || !HEADER.equals(new String(type, StandardCharsets.ISO_8859_1))) {
      throw new IOException("it does not begin with a header");
    }
    int width = in.getInt();
    int height = in.getInt();
    int bits = in.get();
    int color = in.get();
    int channels = color < 0 || color >= CHANNELS.length ? 0 : CHANNELS[color];
    if (channels == 0 || bits < 1 || bits > 16) {
      throw new IOException(
          "its header claims samples of " + bits + " bits and color type " + color);
    }
    EncodedPicture.requireHeld(
        height, width, BYTES_UNPACKED * Byte.SIZE / bits / channels, file.length);
    return new EncodedPicture(
        "png", ByteSource.wrap(file), height, width, channels * (bits == 16 ? 2 : 1));
  }
}
