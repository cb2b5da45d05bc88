package io.github.bilevel4j.examples.report;

import io.github.bilevel4j.shape.Array;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Views of the first few images of a batch on one sheet, a row for each view. */
public record ViewSheet(BufferedImage picture) {
  /** The number of images that are shown. */
  public static final int MOST_IMAGES = 10;

  private static final int LEAST_SIDE = 64;
  private static final int GAP = 2;

  /**
   * Draws them.
   *
   * @param views each {@code [n, height, width, channels]} with samples on the scale [0, 1]
   */
  public static ViewSheet of(List<Array> views) {
    int count = Math.min(MOST_IMAGES, views.get(0).shape().dim(0));
    int side = views.stream().mapToInt(view -> view.shape().dim(1)).max().orElseThrow();
    int scale = Math.max(1, LEAST_SIDE / side);
    int cell = side * scale + GAP;
    BufferedImage sheet =
        new BufferedImage(count * cell, views.size() * cell, BufferedImage.TYPE_INT_RGB);
    for (int row = 0; row < views.size(); row++) {
      for (int i = 0; i < count; i++) {
        draw(views.get(row), i, scale, sheet, i * cell, row * cell);
      }
    }
    return new ViewSheet(sheet);
  }

  private static void draw(
      Array view, int index, int scale, BufferedImage sheet, int left, int top) {
    int height = view.shape().dim(1);
    int width = view.shape().dim(2);
    int channels = view.shape().dim(3);
    for (int y = 0; y < height * scale; y++) {
      for (int x = 0; x < width * scale; x++) {
        int at = ((index * height + y / scale) * width + x / scale) * channels;
        int rgb = 0;
        for (int c = 0; c < 3; c++) {
          double sample = view.at(at + Math.min(c, channels - 1));
          rgb = (rgb << 8) | (int) Math.round(255 * Math.min(1, Math.max(0, sample)));
        }
        sheet.setRGB(left + x, top + y, rgb);
      }
    }
  }

  /** As a PNG file. */
  public byte[] png() {
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
    try (ImageOutputStream out = new MemoryCacheImageOutputStream(png)) {
      writer.setOutput(out);
      writer.write(picture);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      writer.dispose();
    }
    return png.toByteArray();
  }
}
