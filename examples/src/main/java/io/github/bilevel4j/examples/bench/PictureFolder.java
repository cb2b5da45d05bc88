package io.github.bilevel4j.examples.bench;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.github.bilevel4j.file.WholeFile;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * A folder like one of photographs: JPEG files of 500 x 375 and 375 x 500 pixels and of about 70
 * kB, few of which differ; the others are hard links to them. Closing it deletes it.
 */
final class PictureFolder implements AutoCloseable {
  private static final int LONG_SIDE = 500;
  private static final int SHORT_SIDE = 375;
  private static final int CLASSES = 10;

  private final Path root;

  private PictureFolder(Path root) {
    this.root = root;
  }

  /**
   * Makes a folder.
   *
   * @param count the number of pictures of the train part
   * @param different the number of those that differ
   */
  static PictureFolder of(int count, int different, long seed) {
    try {
      PictureFolder folder = new PictureFolder(Files.createTempDirectory("bilevel4j-pictures"));
      folder.fill(count, Math.min(different, count), seed);
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void fill(int count, int different, long seed) throws IOException {
    for (int label = 0; label < CLASSES; label++) {
      Files.createDirectories(classFolder("train", label));
      Files.createDirectories(classFolder("test", label));
    }
    for (int i = 0; i < count; i++) {
      Path picture = picture(i);
      if (i < different) {
        WholeFile.write(picture, jpeg(new Random(seed + i), i % 4 == 0));
      } else {
        Files.createLink(picture, picture(i % different));
      }
    }
    for (int label = 0; label < CLASSES; label++) {
      Files.createLink(classFolder("test", label).resolve("0.jpg"), picture(label % different));
    }
  }

  private Path picture(int number) {
    return classFolder("train", number % CLASSES).resolve(number + ".jpg");
  }

  private Path classFolder(String part, int label) {
    return root.resolve(part).resolve("class" + label);
  }

  /** Waves of several lengths, and noise as a camera's. */
  private static byte[] jpeg(Random random, boolean upright) throws IOException {
    int width = upright ? SHORT_SIDE : LONG_SIDE;
    int height = upright ? LONG_SIDE : SHORT_SIDE;
    double[][] waves = new double[12][];
    for (int k = 0; k < waves.length; k++) {
      double length = 4 + 200 * random.nextDouble() * random.nextDouble();
      double angle = 2 * Math.PI * random.nextDouble();
      waves[k] =
          new double[] {
            Math.cos(angle) / length, Math.sin(angle) / length, 6 * random.nextDouble(), k % 3
          };
    }
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        double[] colors = {128, 128, 128};
        for (double[] wave : waves) {
          colors[(int) wave[3]] += 25 * Math.sin(wave[0] * x + wave[1] * y + wave[2]);
        }
        double noise = 12 * random.nextGaussian();
        int rgb = 0;
        for (double color : colors) {
          rgb = rgb << 8 | (int) Math.max(0, Math.min(255, color + noise));
        }
        image.setRGB(x, y, rgb);
      }
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    try (ImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      writer.setOutput(out);
      writer.write(image);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }

  Path root() {
    return root;
  }

  @Override
  public void close() {
    try {
      MoreFiles.deleteRecursively(root, RecursiveDeleteOption.ALLOW_INSECURE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
