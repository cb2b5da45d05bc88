package io.github.bilevel4j.data;

import io.github.bilevel4j.data.PictureCrop.Box;
import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentSampleModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.event.IIOReadWarningListener;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** One decoded picture: RGB samples {@code [height, width, 3]}, the numbers stored in the file. */
final class Picture {
  private final int height;
  private final int width;
  private final byte[] rgb;
  private final boolean hasExtraneousBytes;

  private Picture(int height, int width, byte[] rgb, boolean hasExtraneousBytes) {
    this.height = height;
    this.width = width;
    this.rgb = rgb;
    this.hasExtraneousBytes = hasExtraneousBytes;
  }

  /**
   * Decodes a JPEG or PNG file. Gray is repeated in all channels, transparency is dropped, 16-bit
   * samples are rounded to 8, color profiles and orientation tags are ignored.
   *
   * @throws IOException saying what is wrong with the file
   */
  static Picture decoded(byte[] file) throws IOException {
    return decoded(EncodedPicture.of(file));
  }

  /**
   * Decodes a file whose structure is known.
   *
   * @throws IOException saying what is wrong with the file, or that memory does not suffice
   */
  static Picture decoded(EncodedPicture encoded) throws IOException {
    return decoded(encoded, new Box(0, 0, encoded.height(), encoded.width()), 1);
  }

  /**
   * Decodes a part of a picture, or every {@code step}-th pixel of it in each axis, from the middle
   * of the first {@code step} on. Damage after the part is not noticed.
   *
   * @param step at most the part's height and width
   * @throws IOException saying what is wrong with the file, or that memory does not suffice
   */
  static Picture decoded(EncodedPicture encoded, Box part, int step) throws IOException {
    encoded.requireMemory();
    Damage damage = new Damage();
    return encoded.inks() == EncodedPicture.Inks.NONE
        ? of(read(encoded, part, step, damage, ImageReader::read), damage.isExtraneous)
        : ofInks(
            read(encoded, part, step, damage, ImageReader::readRaster),
            encoded.inks() == EncodedPicture.Inks.YCCK,
            damage.isExtraneous);
  }

  int height() {
    return height;
  }

  int width() {
    return width;
  }

  byte[] rgb() {
    return rgb;
  }

  /**
   * Whether a JPEG has bytes between its parts that mean nothing; other decoders pass over them.
   */
  boolean hasExtraneousBytes() {
    return hasExtraneousBytes;
  }

  boolean isSizeOf(EncodedPicture other) {
    return height == other.height() && width == other.width();
  }

  /** For instance {@code height 32, width 48}. */
  @Override
  public String toString() {
    return "height " + height + ", width " + width;
  }

  /** What a decoder is asked for. */
  @FunctionalInterface
  private interface Reading<T> {
    T from(ImageReader reader, int image, ImageReadParam param) throws IOException;
  }

  private static <T> T read(
      EncodedPicture encoded, Box part, int step, Damage damage, Reading<T> reading)
      throws IOException {
    ImageReader reader = ImageIO.getImageReadersByFormatName(encoded.format()).next();
    try (InputStream file = encoded.file().openStream();
        ImageInputStream in = new MemoryCacheImageInputStream(file)) {
      reader.addIIOReadWarningListener(damage);
      reader.setInput(in, true, true);
      ImageReadParam param = reader.getDefaultReadParam();
      param.setSourceRegion(new Rectangle(part.left(), part.top(), part.width(), part.height()));
      param.setSourceSubsampling(step, step, step / 2, step / 2);
      T image = reading.from(reader, 0, param);
      damage.check();
      return image;
    } catch (RuntimeException e) {
      // The decoders meet some damaged files with index and null pointer exceptions.
      throw new IOException("the decoder stopped with " + e, e);
    } finally {
      reader.dispose();
    }
  }

  /** The JPEG decoder fills what it cannot read with gray and says so in a mere warning. */
  private static final class Damage implements IIOReadWarningListener {
    private static final List<String> SIGNS = List.of("Corrupt", "Premature", "Truncated");
    private static final String EXTRANEOUS = "extraneous bytes before marker";

    private String found = "";
    private boolean isExtraneous;

    @Override
    public void warningOccurred(ImageReader source, String warning) {
      if (warning.contains(EXTRANEOUS)) {
        isExtraneous = true;
      } else if (found.isEmpty() && SIGNS.stream().anyMatch(warning::startsWith)) {
        found = warning;
      }
    }

    void check() throws IOException {
      if (!found.isEmpty()) {
        throw new IOException("the decoder reports: " + found);
      }
    }
  }

  /** Reads the raster: {@code getRGB} would put gray samples through a gamma curve. */
  private static Picture of(BufferedImage image, boolean hasExtraneousBytes) {
    Raster raster = image.getRaster();
    int width = raster.getWidth();
    int height = raster.getHeight();
    byte[] rgb = new byte[3 * height * width];
    if (isOfBytes(raster) && !(image.getColorModel() instanceof IndexColorModel)) {
      raster.getDataElements(raster.getMinX(), raster.getMinY(), width, height, rgb);
      return new Picture(height, width, rgb, hasExtraneousBytes);
    }
    int[] row = new int[width * raster.getNumBands()];
    for (int y = 0; y < height; y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
      if (image.getColorModel() instanceof IndexColorModel palette) {
        putColors(palette, row, rgb, 3 * y * width);
      } else {
        putBands(raster, row, rgb, 3 * y * width);
      }
    }
    return new Picture(height, width, rgb, hasExtraneousBytes);
  }

  /**
   * Of inks, kept inverted as all programs write them after Adobe's: each color is what cyan,
   * magenta or yellow leaves of what black leaves, {@code c k / 255}.
   */
  private static Picture ofInks(Raster raster, boolean isTransformed, boolean hasExtraneousBytes) {
    int width = raster.getWidth();
    int height = raster.getHeight();
    byte[] rgb = new byte[3 * height * width];
    int[] row = new int[4 * width];
    for (int y = 0; y < height; y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
      for (int x = 0; x < width; x++) {
        int[] inks = Arrays.copyOfRange(row, 4 * x, 4 * x + 4);
        if (isTransformed) {
          untransform(inks);
        }
        for (int c = 0; c < 3; c++) {
          int black = inks[3];
          rgb[3 * (y * width + x) + c] =
              (byte) Math.max(0, black - rounded((255 - inks[c]) * black / 255.0));
        }
      }
    }
    return new Picture(height, width, rgb, hasExtraneousBytes);
  }

  /** The inks that are kept as luminance and differences of color (ITU-T T.871). */
  private static void untransform(int[] inks) {
    double y = inks[0];
    double cb = inks[1] - 128;
    double cr = inks[2] - 128;
    inks[0] = 255 - rounded(y + 1.402 * cr);
    inks[1] = 255 - rounded(y - 0.344136 * cb - 0.714136 * cr);
    inks[2] = 255 - rounded(y + 1.772 * cb);
  }

  private static int rounded(double value) {
    return (int) Math.max(0, Math.min(255, Math.round(value)));
  }

  /** Whether its elements are three samples of 8 bits for each pixel, in the order of the bands. */
  private static boolean isOfBytes(Raster raster) {
    return raster.getSampleModel() instanceof ComponentSampleModel
        && raster.getTransferType() == DataBuffer.TYPE_BYTE
        && raster.getNumBands() == 3;
  }

  private static void putColors(IndexColorModel palette, int[] indices, byte[] rgb, int at) {
    for (int x = 0; x < indices.length; x++) {
      rgb[at + 3 * x] = (byte) palette.getRed(indices[x]);
      rgb[at + 3 * x + 1] = (byte) palette.getGreen(indices[x]);
      rgb[at + 3 * x + 2] = (byte) palette.getBlue(indices[x]);
    }
  }

  /** One or two bands are gray (and alpha), three or four colors (and alpha). */
  private static void putBands(Raster raster, int[] row, byte[] rgb, int at) {
    int bands = raster.getNumBands();
    boolean isGray = bands < 3;
    boolean isLong = raster.getSampleModel().getSampleSize(0) == 16;
    for (int i = 0; i < 3 * raster.getWidth(); i++) {
      int sample = row[i / 3 * bands + (isGray ? 0 : i % 3)];
      rgb[at + i] = (byte) (isLong ? (sample * 255 + 0x7fff) / 0xffff : sample);
    }
  }
}
