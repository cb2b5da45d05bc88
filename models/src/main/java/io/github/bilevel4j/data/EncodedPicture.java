package io.github.bilevel4j.data;

import com.google.common.io.ByteSource;
import io.github.bilevel4j.check.Heap;
import java.io.IOException;
import java.util.Locale;

/**
 * A picture's file, reduced to what describes its samples, and what its header claims, known before
 * anything is allocated for its pixels.
 *
 * @param format jpeg or png
 * @param file the reduced file
 * @param pixelBytes what a pixel takes in the decoder's image
 * @param inks whether colors are those of print
 */
record EncodedPicture(
    String format, ByteSource file, int height, int width, int pixelBytes, Inks inks) {
  /** The channels of a picture that is made for print. */
  enum Inks {
    /** It is made for screens. */
    NONE,
    /** Cyan, magenta, yellow, black. */
    CMYK,
    /** The first three as luminance and two differences of color. */
    YCCK
  }

  EncodedPicture(String format, ByteSource file, int height, int width, int pixelBytes) {
    this(format, file, height, width, pixelBytes, Inks.NONE);
  }

  /** The largest picture that is read: 2^27 pixels, for instance 16,384 x 8,192. */
  static final long MOST_PIXELS = 1 << 27;

  /**
   * Reads the header and the structure of a JPEG or PNG file.
   *
   * @throws IOException saying what is wrong with the file
   */
  static EncodedPicture of(byte[] file) throws IOException {
    if (file.length == 0) {
      throw new IOException("the file is empty");
    } else if (JpegStructure.matches(file)) {
      return JpegStructure.plain(file).requireWithinLimits();
    } else if (PngStructure.matches(file)) {
      return PngStructure.plain(file).requireWithinLimits();
    }
    throw new IOException("it is neither a JPEG nor a PNG file");
  }

  private EncodedPicture requireWithinLimits() throws IOException {
    if (height <= 0 || width <= 0) {
      throw new IOException("its header claims " + this);
    } else if (pixels() > MOST_PIXELS) {
      throw new IOException(
          String.format(
              Locale.ROOT, "its header claims %s, the limit is %,d pixels", this, MOST_PIXELS));
    }
    return this;
  }

  /**
   * Fails if a file has too few bytes for its pixels, so that nothing is allocated for them.
   *
   * @param most pixels for which a byte may stand
   * @throws IOException naming both
   */
  static void requireHeld(int height, int width, long most, int bytes) throws IOException {
    long pixels = height <= 0 || width <= 0 ? 0 : (long) height * width;
    if (pixels <= MOST_PIXELS && pixels > most * bytes) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "its header claims height %d, width %d, more than its %,d bytes can hold",
              height,
              width,
              bytes));
    }
  }

  private long pixels() {
    return (long) height * width;
  }

  /** What the decoder's image and the samples taken from it need, in bytes. */
  long decodingBytes() {
    return pixels() * (pixelBytes + 3L);
  }

  /**
   * Fails if there is no memory to decode it.
   *
   * @throws IOException naming what it needs and what Java has
   */
  void requireMemory() throws IOException {
    if (Heap.lacks(decodingBytes())) {
      throw new IOException(
          "its header claims %s, which need %s; Java has %s"
              .formatted(this, Heap.megabytes(decodingBytes()), Heap.megabytes(Heap.free())));
    }
  }

  /** For instance {@code height 32, width 48}. */
  @Override
  public String toString() {
    return "height " + height + ", width " + width;
  }
}
