package io.github.bilevel4j.data;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.event.IIOReadWarningListener;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** One decoded picture: RGB samples {@code [height, width, 3]}, the numbers stored in the file. */
final class Picture {
  private final int height;
  private final int width;
  private final byte[] rgb;

  private Picture(int height, int width, byte[] rgb) {
    this.height = height;
    this.width = width;
    this.rgb = rgb;
  }

  /**
   * Decodes a JPEG or PNG file. Gray is repeated in all channels, transparency is dropped, 16-bit
   * samples are rounded to 8, color profiles and orientation tags are ignored.
   *
   * @throws IOException saying what is wrong with the file
   */
  static Picture decoded(byte[] file) throws IOException {
    if (file.length == 0) {
      throw new IOException("the file is empty");
    } else if (JpegStructure.matches(file)) {
      return of(read("jpeg", JpegStructure.plain(file)));
    } else if (PngStructure.matches(file)) {
      PngStructure.check(file);
      return of(read("png", file));
    }
    throw new IOException("it is neither a JPEG nor a PNG file");
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

  boolean isSizeOf(Picture other) {
    return height == other.height && width == other.width;
  }

  /** For instance {@code height 32, width 48}. */
  @Override
  public String toString() {
    return "height " + height + ", width " + width;
  }

  private static BufferedImage read(String format, byte[] file) throws IOException {
    ImageReader reader = ImageIO.getImageReadersByFormatName(format).next();
    try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
      Damage damage = new Damage();
      reader.addIIOReadWarningListener(damage);
      reader.setInput(in, true, true);
      BufferedImage image = reader.read(0);
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

    private String found = "";

    @Override
    public void warningOccurred(ImageReader source, String warning) {
      if (found.isEmpty() && SIGNS.stream().anyMatch(warning::startsWith)) {
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
  private static Picture of(BufferedImage image) {
    Raster raster = image.getRaster();
    int[][] rgb =
        image.getColorModel() instanceof IndexColorModel palette
            ? colors(palette, band(raster, 0))
            : bands(raster);
    int size = raster.getWidth() * raster.getHeight();
    byte[] samples = new byte[3 * size];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (byte) rgb[i % 3][i / 3];
    }
    return new Picture(raster.getHeight(), raster.getWidth(), samples);
  }

  private static int[][] colors(IndexColorModel palette, int[] indices) {
    int[][] rgb = new int[3][indices.length];
    for (int i = 0; i < indices.length; i++) {
      rgb[0][i] = palette.getRed(indices[i]);
      rgb[1][i] = palette.getGreen(indices[i]);
      rgb[2][i] = palette.getBlue(indices[i]);
    }
    return rgb;
  }

  /** One or two bands are gray (and alpha), three or four colors (and alpha). */
  private static int[][] bands(Raster raster) {
    boolean isGray = raster.getNumBands() < 3;
    return Stream.of(0, 1, 2).map(color -> band(raster, isGray ? 0 : color)).toArray(int[][]::new);
  }

  /** A band on the scale 0 .. 255, unless its samples are shorter than 8 bits. */
  private static int[] band(Raster raster, int band) {
    int[] samples =
        raster.getSamples(0, 0, raster.getWidth(), raster.getHeight(), band, (int[]) null);
    if (raster.getSampleModel().getSampleSize(band) == 16) {
      for (int i = 0; i < samples.length; i++) {
        samples[i] = (samples[i] * 255 + 0x7fff) / 0xffff;
      }
    }
    return samples;
  }
}
