package io.github.bilevel4j.examples.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.data.DataSettings;
import io.github.bilevel4j.data.DataSource;
import io.github.bilevel4j.data.ImageDataset;
import io.github.bilevel4j.data.LabeledImages;
import io.github.bilevel4j.data.PretrainingPart;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;

/** Data sets as they are offered for download, in archives and unpacked, and lists of images. */
enum DownloadKind implements FileReader {
  CIFAR_ARCHIVE {
    @Override
    public Map<String, byte[]> files(Chance chance) throws IOException {
      return packed(chance.happens(0.5) ? CIFAR_10.files(chance) : CIFAR_100.files(chance), chance);
    }
  },
  CIFAR_PYTHON {
    @Override
    public Map<String, byte[]> files(Chance chance) {
      return python();
    }
  },
  CIFAR_PYTHON_ARCHIVE {
    @Override
    public Map<String, byte[]> files(Chance chance) throws IOException {
      return packed(python(), chance);
    }
  },
  DAMAGED_BEFORE_PACKING {
    @Override
    public Map<String, byte[]> files(Chance chance) throws IOException {
      Map<String, byte[]> files =
          switch (chance.below(3)) {
            case 0 -> CIFAR_10.files(chance);
            case 1 -> python();
            default -> stl(chance);
          };
      byte[] tar = new Damage(chance).to(tar(files));
      return Map.of(ARCHIVE, chance.happens(0.5) ? tar : gzip(tar));
    }

    @Override
    public boolean isAlwaysGood() {
      return false;
    }
  },
  STL_10 {
    @Override
    public Map<String, byte[]> files(Chance chance) {
      return stl(chance);
    }
  },
  STL_10_ARCHIVE {
    @Override
    public Map<String, byte[]> files(Chance chance) throws IOException {
      return packed(stl(chance), chance);
    }
  },
  LIST {
    @Override
    public Map<String, byte[]> files(Chance chance) throws IOException {
      return ImmutableMap.<String, byte[]>builder()
          .putAll(CIFAR_10.files(chance))
          .put("list", chance.happens(0.5) ? "0\n1\n0\n".getBytes(UTF_8) : positions())
          .buildOrThrow();
    }

    @Override
    public Object read(Path folder, Chance chance) {
      return checked(
          DataSource.read(
              folder.toString(), DataSettings.of().subset(folder.resolve("list").toString())));
    }
  };

  private static final FileKind CIFAR_10 = FileKind.CIFAR_10;
  private static final FileKind CIFAR_100 = FileKind.CIFAR_100;
  private static final String ARCHIVE = "data.tar.gz";
  private static final int CIFAR_PIXELS = 3 * 32 * 32;
  private static final int STL_PIXELS = 3 * 96 * 96;
  private static final int BLOCK = 512;

  @Override
  public Object read(Path folder, Chance chance) {
    boolean isPacked = folder.resolve(ARCHIVE).toFile().exists();
    PretrainingPart part = chance.pick(List.of(PretrainingPart.values()));
    return checked(
        DataSource.read(
            (isPacked ? folder.resolve(ARCHIVE) : folder).toString(),
            DataSettings.of().pretrainOn(part)));
  }

  @Override
  public boolean isAlwaysGood() {
    return true;
  }

  private static ImageDataset checked(ImageDataset data) {
    for (LabeledImages part : List.of(data.train(), data.test(), data.pretraining())) {
      int size = part.height() * part.width() * part.channels();
      if (part.samples(part.count() - 1).length != size) {
        throw new IllegalStateException("an image lacks samples");
      }
    }
    return data;
  }

  private static byte[] bytes(int count, int factor) {
    byte[] bytes = new byte[count];
    for (int i = 0; i < count; i++) {
      bytes[i] = (byte) (i * factor);
    }
    return bytes;
  }

  private static Map<String, byte[]> stl(Chance chance) {
    int count = 1 + chance.below(2);
    byte[] labels = {(byte) count, 1};
    return ImmutableMap.<String, byte[]>builder()
        .put("class_names.txt", (count == 1 ? "airplane\n" : "airplane\nbird\n").getBytes(UTF_8))
        .put("train_X.bin", bytes(2 * STL_PIXELS, 7))
        .put("train_y.bin", labels)
        .put("test_X.bin", bytes(2 * STL_PIXELS, 11))
        .put("test_y.bin", labels)
        .put("unlabeled_X.bin", bytes(STL_PIXELS, 13))
        .buildOrThrow();
  }

  /** A vector of int64 in NumPy's format. */
  private static byte[] positions() {
    String header = "{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }";
    ByteBuffer file = ByteBuffer.allocate(128 + 2 * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    file.put((byte) 0x93).put("NUMPY\1\0".getBytes(ISO_8859_1)).putShort((short) 118);
    file.put((header + " ".repeat(117 - header.length()) + "\n").getBytes(ISO_8859_1));
    return file.putLong(1).putLong(0).array();
  }

  private static Map<String, byte[]> python() {
    ImmutableMap.Builder<String, byte[]> files = ImmutableMap.builder();
    for (int i = 1; i <= 5; i++) {
      files.put("data_batch_" + i, batch());
    }
    String names = "\u0080\2}q\0(U\u000blabel_namesq\1]q\2(U\1aq\3eu.";
    return files
        .put("test_batch", batch())
        .put("batches.meta", names.getBytes(ISO_8859_1))
        .buildOrThrow();
  }

  /** A pickle of one image as Python 2 writes it. */
  private static byte[] batch() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    String array =
        "\u0080\2}q\0(U\4dataq\1cnumpy.core.multiarray\n_reconstruct\nq\2cnumpy\nndarray\nq\3"
            + "K\0\u0085q\4U\1bq\5\u0087q\6Rq\7(K\1K\1M\0\u000c\u0086q\bcnumpy\ndtype\nq\tU\2u1q\n"
            + "K\0K\1\u0087q\u000bRq\f(K\3U\1|q\rNNNJ\u00ff\u00ff\u00ff\u00ffJ\u00ff\u00ff\u00ff\u00ff"
            + "K\0tq\u000eb\u0089T\0\f\0\0";
    out.writeBytes(array.getBytes(ISO_8859_1));
    out.writeBytes(bytes(CIFAR_PIXELS, 5));
    String labels = "q\u000ftq\u0010bU\6labelsq\u0011]q\u0012K\0au.";
    out.writeBytes(labels.getBytes(ISO_8859_1));
    return out.toByteArray();
  }

  /** A tar archive, packed with gzip or not, so that damage meets the one or the other. */
  private static Map<String, byte[]> packed(Map<String, byte[]> files, Chance chance)
      throws IOException {
    byte[] tar = tar(files);
    return Map.of(ARCHIVE, chance.happens(0.5) ? tar : gzip(tar));
  }

  private static byte[] tar(Map<String, byte[]> files) {
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      byte[] content = file.getValue();
      tar.writeBytes(header("data/" + file.getKey(), content.length));
      tar.writeBytes(content);
      tar.writeBytes(new byte[(BLOCK - content.length % BLOCK) % BLOCK]);
    }
    tar.writeBytes(new byte[2 * BLOCK]);
    return tar.toByteArray();
  }

  private static byte[] gzip(byte[] content) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      out.write(content);
    }
    return packed.toByteArray();
  }

  private static byte[] header(String name, int size) {
    byte[] header = new byte[BLOCK];
    ByteBuffer fields = ByteBuffer.wrap(header);
    fields.put(0, name.getBytes(ISO_8859_1));
    fields.put(124, "%011o".formatted(size).getBytes(ISO_8859_1));
    fields.put(148, "        0ustar\00000".getBytes(ISO_8859_1), 0, 9);
    fields.put(257, "ustar\00000".getBytes(ISO_8859_1));
    int sum = 0;
    for (byte each : header) {
      sum += each;
    }
    fields.put(148, "%06o\0 ".formatted(sum).getBytes(ISO_8859_1));
    return header;
  }
}
