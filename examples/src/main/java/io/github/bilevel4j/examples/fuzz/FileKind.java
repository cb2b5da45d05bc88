package io.github.bilevel4j.examples.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.data.CifarBinary;
import io.github.bilevel4j.data.DataSource;
import io.github.bilevel4j.data.ImageDataset;
import io.github.bilevel4j.data.ImageFolder;
import io.github.bilevel4j.examples.study.SweepTable;
import io.github.bilevel4j.experiment.RunFolder;
import io.github.bilevel4j.file.WholeFile;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import io.github.bilevel4j.weights.ElementType;
import io.github.bilevel4j.weights.SafeTensors;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntUnaryOperator;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** What is read: how good files of a kind are made, and the reader. */
enum FileKind implements FileReader {
  WEIGHTS {
    @Override
    public Map<String, byte[]> files(Chance chance) throws IOException {
      Map<String, Array> arrays = new LinkedHashMap<>();
      int count = 1 + chance.below(4);
      for (int i = 0; i < count; i++) {
        Shape shape = i == 0 ? Shape.scalar() : Shape.of(chance.below(4), 1 + chance.below(3));
        arrays.put("layer" + i + ".weight", Array.fill(shape, at -> chance.moderate()));
      }
      Path file = Files.createTempFile("weights", ".safetensors");
      SafeTensors.write(file, arrays, chance.pick(List.of(ElementType.values())));
      byte[] bytes = Files.readAllBytes(file);
      Files.delete(file);
      return Map.of("weights.safetensors", bytes);
    }

    @Override
    public Object read(Path folder, Chance chance) {
      return SafeTensors.read(folder.resolve("weights.safetensors"));
    }
  },
  CIFAR_10 {
    @Override
    public Map<String, byte[]> files(Chance chance) {
      ImmutableMap.Builder<String, byte[]> files = ImmutableMap.builder();
      for (int i = 1; i <= 5; i++) {
        files.put("data_batch_" + i + ".bin", records(chance, 1));
      }
      return files
          .put("test_batch.bin", records(CLASSES, 1, at -> at))
          .put("batches.meta.txt", names())
          .buildOrThrow();
    }

    @Override
    public Object read(Path folder, Chance chance) {
      return CifarBinary.cifar10(folder);
    }
  },
  CIFAR_100 {
    @Override
    public Map<String, byte[]> files(Chance chance) {
      return ImmutableMap.of(
          "train.bin", records(chance, 2),
          "test.bin", records(CLASSES, 2, at -> at),
          "fine_label_names.txt", names());
    }

    @Override
    public Object read(Path folder, Chance chance) {
      return CifarBinary.cifar100(folder);
    }
  },
  PICTURES {
    @Override
    public Map<String, byte[]> files(Chance chance) throws IOException {
      return pictures(chance);
    }

    @Override
    public Object read(Path folder, Chance chance) {
      return dataset(folder, chance);
    }
  },
  ARCHIVE {
    @Override
    public Map<String, byte[]> files(Chance chance) throws IOException {
      return Map.of("pictures.zip", zipped(pictures(chance), chance));
    }

    @Override
    public Object read(Path folder, Chance chance) {
      return dataset(folder.resolve("pictures.zip"), chance);
    }
  },
  ARCHIVE_OF_DAMAGED {
    @Override
    public Map<String, byte[]> files(Chance chance) throws IOException {
      Map<String, byte[]> pictures = new LinkedHashMap<>(pictures(chance));
      Damage damage = new Damage(chance);
      pictures.replaceAll((name, bytes) -> chance.happens(0.3) ? damage.to(bytes) : bytes);
      return Map.of("pictures.zip", zipped(pictures, chance));
    }

    @Override
    public Object read(Path folder, Chance chance) {
      return dataset(folder.resolve("pictures.zip"), chance);
    }

    @Override
    public boolean isAlwaysGood() {
      return false;
    }
  },
  CONFIGURATION {
    @Override
    public Map<String, byte[]> files(Chance chance) {
      return ImmutableMap.of(
          "config.json", "{\"command\":\"table\",\"rate\":\"0.1\",\"seed\":\"1\"}".getBytes(UTF_8),
          "table.csv", "method,accuracy\n".getBytes(UTF_8));
    }

    @Override
    public Object read(Path folder, Chance chance) {
      try (RunFolder run =
          RunFolder.toContinue(
              folder, "table", ImmutableMap.of("rate", "0.1", "seed", "1"), ImmutableMap.of())) {
        return run.path();
      }
    }
  },
  SWEEP_TABLE {
    @Override
    public Map<String, byte[]> files(Chance chance) {
      StringBuilder text = new StringBuilder("cell,alpha,umm seconds,pool after linear probe\n");
      int count = chance.below(4);
      for (int i = 0; i < count; i++) {
        text.append("umm_" + i)
            .append(chance.below(2) == 0 ? ",x/y" : ",")
            .append("," + chance.below(1000) / 10.0)
            .append("," + chance.special())
            .append('\n');
      }
      return Map.of(SweepTable.FILE, text.toString().getBytes(UTF_8));
    }

    /** What is read is written as it was. */
    @Override
    public Object read(Path folder, Chance chance) {
      String text = SweepTable.read(folder.resolve(SweepTable.FILE)).toString();
      try {
        Path again = folder.resolve("again.csv");
        WholeFile.write(again, text.getBytes(UTF_8));
        if (!SweepTable.read(again).toString().equals(text)) {
          throw new IllegalStateException("cells change on their way through a file");
        }
      } catch (UsageError e) {
        throw new IllegalStateException("cells cannot be read again: " + text, e);
      }
      return text;
    }
  };

  private static final int PIXELS = 3 * 32 * 32;
  private static final int CLASSES = 3;

  @Override
  public boolean isAlwaysGood() {
    return true;
  }

  private static byte[] records(Chance chance, int labelBytes) {
    return records(1 + chance.below(2), labelBytes, at -> chance.below(CLASSES));
  }

  private static byte[] records(int count, int labelBytes, IntUnaryOperator label) {
    byte[] file = new byte[count * (labelBytes + PIXELS)];
    for (int i = 0; i < file.length; i++) {
      boolean isLabel = i % (labelBytes + PIXELS) < labelBytes;
      file[i] = (byte) (isLabel ? label.applyAsInt(i / (labelBytes + PIXELS)) : i * 31);
    }
    return file;
  }

  private static byte[] names() {
    StringBuilder names = new StringBuilder();
    for (int i = 0; i < CLASSES; i++) {
      names.append("class").append(i).append('\n');
    }
    return names.toString().getBytes(UTF_8);
  }

  private static Map<String, byte[]> pictures(Chance chance) throws IOException {
    Map<String, byte[]> files = new LinkedHashMap<>();
    int height = 1 + chance.below(8);
    int width = 1 + chance.below(8);
    for (String part : List.of("train", "test")) {
      for (String name : List.of("cat", "dog")) {
        int count = 1 + chance.below(2);
        for (int i = 0; i < count; i++) {
          boolean isPng = chance.happens(0.5);
          files.put(
              part + "/" + name + "/" + i + (isPng ? ".png" : ".jpg"),
              picture(chance, height, width, isPng));
        }
      }
    }
    return files;
  }

  private static byte[] picture(Chance chance, int height, int width, boolean isPng)
      throws IOException {
    int type =
        chance.pick(
            isPng
                ? List.of(
                    BufferedImage.TYPE_INT_RGB,
                    BufferedImage.TYPE_INT_ARGB,
                    BufferedImage.TYPE_BYTE_GRAY,
                    BufferedImage.TYPE_USHORT_GRAY,
                    BufferedImage.TYPE_BYTE_BINARY,
                    BufferedImage.TYPE_BYTE_INDEXED)
                : List.of(BufferedImage.TYPE_INT_RGB, BufferedImage.TYPE_BYTE_GRAY));
    BufferedImage image = new BufferedImage(width, height, type);
    for (int i = 0; i < height * width; i++) {
      image.setRGB(i % width, i / width, (int) chance.bits());
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageWriter writer = ImageIO.getImageWritersByFormatName(isPng ? "png" : "jpg").next();
    try (ImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      writer.setOutput(out);
      writer.write(image);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }

  private static byte[] zipped(Map<String, byte[]> files, Chance chance) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    boolean isStored = chance.happens(0.5);
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        ZipEntry entry = new ZipEntry(file.getKey());
        entry.setTime(0);
        if (isStored) {
          CRC32 sum = new CRC32();
          sum.update(file.getValue());
          entry.setMethod(ZipEntry.STORED);
          entry.setSize(file.getValue().length);
          entry.setCrc(sum.getValue());
        }
        zip.putNextEntry(entry);
        zip.write(file.getValue());
        zip.closeEntry();
      }
    }
    return bytes.toByteArray();
  }

  private static Object dataset(Path source, Chance chance) {
    return switch (chance.below(4)) {
      case 0 -> ImageFolder.damaged(source);
      case 1 -> checked(ImageFolder.readSkippingDamaged(source));
      case 2 -> checked(DataSource.read(source.toString()));
      default -> checked(ImageFolder.read(source));
    };
  }

  /** The pixels of the last picture are there. */
  private static ImageDataset checked(ImageDataset data) {
    int last = data.train().count() - 1;
    if (data.train().samples(last).length
        != data.train().height() * data.train().width() * data.train().channels()) {
      throw new IllegalStateException("a picture lacks pixels");
    }
    return data;
  }
}
