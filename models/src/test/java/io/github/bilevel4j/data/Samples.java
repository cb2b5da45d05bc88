package io.github.bilevel4j.data;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.ImageIO;

/** Small pictures and folders that the tests write themselves. */
final class Samples {
  private Samples() {}

  /** Random samples in every band. */
  static BufferedImage noise(int height, int width, int type, long seed) {
    return noise(new BufferedImage(width, height, type), seed);
  }

  static BufferedImage noise(BufferedImage image, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int bands = image.getRaster().getNumBands();
    for (int i = 0; i < image.getWidth() * image.getHeight() * bands; i++) {
      int bits = image.getSampleModel().getSampleSize(i % bands);
      int pixel = i / bands;
      image
          .getRaster()
          .setSample(
              pixel % image.getWidth(),
              pixel / image.getWidth(),
              i % bands,
              random.nextInt(1 << bits));
    }
    return image;
  }

  static byte[] encoded(BufferedImage image, String format) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      if (!ImageIO.write(image, format, out)) {
        throw new IllegalStateException("no writer for " + format);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  static byte[] png(int height, int width, long seed) {
    return encoded(noise(height, width, BufferedImage.TYPE_INT_RGB, seed), "png");
  }

  /** The first sample of {@code png(4, 6, seed)}. */
  static int firstSample(long seed) {
    return noise(4, 6, BufferedImage.TYPE_INT_RGB, seed).getRGB(0, 0) >> 16 & 0xff;
  }

  static byte[] jpeg(int height, int width, long seed) {
    return encoded(noise(height, width, BufferedImage.TYPE_INT_RGB, seed), "jpg");
  }

  /** A JPEG whose header claims another size. */
  static byte[] claiming(byte[] jpeg, int height, int width) {
    byte[] changed = jpeg.clone();
    int at = 2;
    while (Byte.toUnsignedInt(changed[at + 1]) != 0xc0) {
      at += 2 + (Byte.toUnsignedInt(jpeg[at + 2]) << 8) + Byte.toUnsignedInt(jpeg[at + 3]);
    }
    ByteBuffer.wrap(changed).putShort(at + 5, (short) height).putShort(at + 7, (short) width);
    return changed;
  }

  /** A PNG of black pixels whose header claims a size, which the rows need not have. */
  static byte[] blackPng(int height, int width, int rows) throws IOException {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    try (DeflaterOutputStream out = new DeflaterOutputStream(data)) {
      byte[] row = new byte[1 + 3 * width];
      for (int i = 0; i < rows; i++) {
        out.write(row);
      }
    }
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    png.writeBytes(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
    png.writeBytes(pngHeader(height, width));
    png.writeBytes(pngChunk("IDAT", data.toByteArray()));
    png.writeBytes(pngChunk("IEND", new byte[0]));
    return png.toByteArray();
  }

  static byte[] pngHeader(int height, int width) {
    ByteBuffer header = ByteBuffer.allocate(13).putInt(width).putInt(height);
    return pngChunk("IHDR", header.put((byte) 8).put((byte) 2).array());
  }

  static byte[] pngChunk(String type, byte[] content) {
    ByteBuffer chunk = ByteBuffer.allocate(12 + content.length).putInt(content.length);
    chunk.put(type.getBytes(StandardCharsets.ISO_8859_1)).put(content);
    CRC32 crc = new CRC32();
    crc.update(chunk.array(), 4, 4 + content.length);
    return chunk.putInt((int) crc.getValue()).array();
  }

  static void write(Path root, String name, byte[] content) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, content);
  }

  /** Two classes, cat and dog, with two train pictures and one test picture each. */
  static Path petsIn(Path root) throws IOException {
    long seed = 0;
    for (String name :
        new String[] {
          "train/cat/1.png",
          "train/cat/2.png",
          "train/dog/1.jpg",
          "train/dog/2.png",
          "test/cat/3.png",
          "test/dog/3.png"
        }) {
      write(root, name, name.endsWith("jpg") ? jpeg(4, 6, seed) : png(4, 6, seed));
      seed++;
    }
    return root;
  }

  /** Packs a folder, below a folder of the given name if that is not empty. */
  static Path zipped(Path folder, Path archive, String above) throws IOException {
    try (FileSystem zip =
            FileSystems.newFileSystem(
                URI.create("jar:" + archive.toUri()), Map.of("create", "true"));
        Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        write(
            zip.getPath("/" + above),
            folder.relativize(file).toString().replace('\\', '/'),
            Files.readAllBytes(file));
      }
    }
    return archive;
  }
}
