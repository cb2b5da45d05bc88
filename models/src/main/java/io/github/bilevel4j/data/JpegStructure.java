package io.github.bilevel4j.data;

import com.google.common.io.ByteSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The segments of a JPEG stream (ITU-T T.81, annex B), read to leave out those that do not describe
 * samples: profiles, thumbnails, comments.
 *
 * <p>{@code javax.imageio} applies or rejects some of them, and where none tells the colors it may
 * take channels without subsampling for RGB. Other decoders take them for YCbCr unless they are
 * called R, G and B; so a JFIF segment, which means YCbCr, is put in.
 */
final class JpegStructure {
  private static final int START = 0xd8;
  private static final int END = 0xd9;
  private static final int JFIF = 0xe0;
  private static final int ADOBE = 0xee;
  private static final int COMMENT = 0xfe;
  private static final int SCAN = 0xda;

  /** Each scan goes over all pixels again; encoders write about ten. */
  private static final int MOST_SCANS = 500;

  /**
   * A block of 8 x 8 samples takes at least the bit of its mean. Of one pixel in two, if one
   * channel has more of them in a row and another in a column, there may be no sample.
   */
  private static final long MOST_PIXELS_OF_BYTE = 2 * 64 * Byte.SIZE;

  private static final byte[] JFIF_SEGMENT = {
    (byte) 0xff, (byte) JFIF, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0
  };

  /** In an Adobe segment from its marker on: how colors are transformed. */
  private static final int TRANSFORM_AT = 15;

  private static final int YCCK = 2;

  private final byte[] file;
  private final ByteArrayOutputStream kept;
  private int at = 2;
  private boolean hasJfif;
  private byte[] adobe = {};
  private String channels = "";
  private int height;
  private int width;
  private int scans;

  private JpegStructure(byte[] file) {
    this.file = file;
    this.kept = new ByteArrayOutputStream(file.length);
  }

  static boolean matches(byte[] file) {
    return file.length >= 2 && (file[0] & 0xff) == 0xff && (file[1] & 0xff) == START;
  }

  /**
   * The same picture with no application data but what decides its colors.
   *
   * @throws IOException if the file ends early, has no header or too many scans
   */
  static EncodedPicture plain(byte[] file) throws IOException {
    return new JpegStructure(file).rewritten();
  }

  private EncodedPicture rewritten() throws IOException {
    int marker = 0;
    while (marker != END) {
      marker = nextMarker();
      copySegment(marker);
    }
    if (channels.isEmpty()) {
      throw new IOException("it has no header");
    }
    EncodedPicture.requireHeld(height, width, MOST_PIXELS_OF_BYTE, kept.size());
    ByteArrayOutputStream picture = new ByteArrayOutputStream(file.length + JFIF_SEGMENT.length);
    picture.write(file, 0, 2);
    boolean isCmyk = channels.length() == 4;
    boolean isYcc = !isCmyk && (hasJfif || (adobe.length == 0 && !channels.equals("RGB")));
    picture.writeBytes(isYcc ? JFIF_SEGMENT : adobe);
    kept.writeTo(picture);
    return new EncodedPicture(
        "jpeg",
        ByteSource.wrap(picture.toByteArray()),
        height,
        width,
        channels.length(),
        inks(isCmyk));
  }

  /** Four channels are inks, of which the first three may be kept as YCbCr. */
  private EncodedPicture.Inks inks(boolean isCmyk) {
    if (!isCmyk) {
      return EncodedPicture.Inks.NONE;
    }
    boolean isTransformed = adobe.length > TRANSFORM_AT && adobe[TRANSFORM_AT] == YCCK;
    return isTransformed ? EncodedPicture.Inks.YCCK : EncodedPicture.Inks.CMYK;
  }

  /** The code after the next 0xff that begins a marker; entropy-coded data before it are copied. */
  private int nextMarker() throws IOException {
    int from = at;
    while (!isMarker(at)) {
      at++;
    }
    kept.write(file, from, at - from);
    at += 2;
    return byteAt(at - 1);
  }

  /** Neither a stuffed 0xff, nor a fill byte, nor a restart marker, which belongs to a scan. */
  private boolean isMarker(int position) throws IOException {
    int code = byteAt(position + 1);
    return byteAt(position) == 0xff
        && code != 0
        && code != 0xff
        && code != 1
        && (code < 0xd0 || code > 0xd7);
  }

  private void copySegment(int marker) throws IOException {
    int length = marker == END ? 0 : byteAt(at) << 8 | byteAt(at + 1);
    if (at + length > file.length) {
      throw endsEarly();
    }
    if (marker == JFIF && textAt(at + 2, 4).equals("JFIF")) {
      hasJfif = true;
    } else if (marker == ADOBE && textAt(at + 2, 5).equals("Adobe")) {
      adobe = Arrays.copyOfRange(file, at - 2, at + length);
    } else if ((marker & 0xf0) != 0xe0 && marker != COMMENT) {
      kept.write(file, at - 2, length + 2);
    }
    if (isFrame(marker)) {
      height = byteAt(at + 3) << 8 | byteAt(at + 4);
      width = byteAt(at + 5) << 8 | byteAt(at + 6);
      channels = channelNames();
    } else if (marker == SCAN && ++scans > MOST_SCANS) {
      throw new IOException("it has more than " + MOST_SCANS + " scans");
    }
    at += length;
  }

  /** SOF0 to SOF15; three codes of that range mean other things. */
  private static boolean isFrame(int marker) {
    return (marker & 0xf0) == 0xc0 && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
  }

  private String channelNames() throws IOException {
    StringBuilder names = new StringBuilder();
    for (int i = 0; i < byteAt(at + 7); i++) {
      names.append(textAt(at + 8 + 3 * i, 1));
    }
    return names.toString();
  }

  private String textAt(int position, int length) throws IOException {
    byteAt(position + length - 1);
    return new String(file, position, length, StandardCharsets.ISO_8859_1);
  }

  private int byteAt(int position) throws IOException {
    if (position >= file.length) {
      throw endsEarly();
    }
    return file[position] & 0xff;
  }

  private static IOException endsEarly() {
    return new IOException("the file ends too early");
  }
}
