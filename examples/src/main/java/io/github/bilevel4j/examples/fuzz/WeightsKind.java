package io.github.bilevel4j.examples.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.io.BaseEncoding;
import com.sun.management.ThreadMXBean;
import io.github.bilevel4j.weights.WeightsFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Files of weights as other programs write them. Reading one may take three times its size and 64
 * MB more.
 */
enum WeightsKind implements FileReader {
  TORCH_ZIP {
    @Override
    byte[] file(Chance chance) throws IOException {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      boolean isStored = chance.happens(0.5);
      byte[] numbers = numbers(chance, COUNT * Float.BYTES);
      try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
        add(zip, "archive/data.pkl", latin(checkpoint(chance)), isStored);
        add(zip, "archive/byteorder", latin(chance.pick(List.of("little", "big"))), isStored);
        add(zip, "archive/data/0", numbers, isStored);
        add(zip, "archive/version", latin("3\n"), isStored);
      }
      return bytes.toByteArray();
    }
  },
  TORCH_LEGACY {
    @Override
    byte[] file(Chance chance) throws IOException {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      bytes.write(BaseEncoding.base16().decode("80028A0A6CFC9C46F9206AA85019" + "2E"));
      bytes.write(latin(PROTOCOL + "M\u00e9\u0003."));
      bytes.write(latin(PROTOCOL + "}U\rlittle_endian\u0088s."));
      bytes.write(latin(checkpoint(chance)));
      bytes.write(latin(PROTOCOL + "]U\u00010a."));
      bytes.write(new byte[] {(byte) COUNT, 0, 0, 0, 0, 0, 0, 0});
      bytes.write(numbers(chance, COUNT * Float.BYTES));
      return bytes.toByteArray();
    }
  },
  SAFETENSORS_OF_ALL_TYPES {
    @Override
    byte[] file(Chance chance) throws IOException {
      StringBuilder header = new StringBuilder("{\"__metadata__\":{\"format\":\"pt\"}");
      int end = 0;
      int at = 0;
      for (String type : TYPES) {
        int begin = end;
        end += 2 * Integer.parseInt(type.replaceAll("\\D", "")) / Byte.SIZE;
        header.append(",\"a").append(at++).append("\":{\"dtype\":\"");
        header.append(type.equals("BOOL8") ? "BOOL" : type).append("\",\"shape\":[2],");
        header.append("\"data_offsets\":[").append(begin).append(',').append(end).append("]}");
      }
      byte[] text = header.append('}').toString().getBytes(UTF_8);
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      bytes.write(new byte[] {(byte) text.length, (byte) (text.length >> 8), 0, 0, 0, 0, 0, 0});
      bytes.write(text);
      bytes.write(numbers(chance, end));
      return bytes.toByteArray();
    }
  };

  private static final List<String> TYPES =
      List.of(
          "F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8", "U64", "U32", "U16", "U8",
          "BOOL8");
  private static final String PROTOCOL = "\u0080\u0002";
  private static final int COUNT = 24;
  private static final String NAME = "weights.pth";
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final int MEMORY_FACTOR = 3;
  private static final long MEMORY_MORE = 64L << 20;

  abstract byte[] file(Chance chance) throws IOException;

  @Override
  public Map<String, byte[]> files(Chance chance) throws IOException {
    return Map.of(NAME, file(chance));
  }

  @Override
  public Object read(Path folder, Chance chance) {
    Path path = folder.resolve(NAME);
    long before = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
    try (WeightsFile file = WeightsFile.open(path)) {
      return file.read();
    } finally {
      long taken = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
      requireWithin(taken, path);
    }
  }

  private static void requireWithin(long taken, Path path) {
    try {
      if (Files.exists(path) && taken > MEMORY_FACTOR * Files.size(path) + MEMORY_MORE) {
        throw new IllegalStateException("reading took " + taken + " bytes");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public boolean isAlwaysGood() {
    return true;
  }

  private static byte[] latin(String text) {
    return text.getBytes(ISO_8859_1);
  }

  private static byte[] numbers(Chance chance, int count) {
    byte[] bytes = new byte[count];
    for (int i = 0; i < count; i++) {
      bytes[i] = (byte) chance.below(256);
    }
    return bytes;
  }

  private static void add(ZipOutputStream zip, String name, byte[] content, boolean isStored)
      throws IOException {
    ZipEntry entry = new ZipEntry(name);
    entry.setTime(0);
    if (isStored) {
      CRC32 sum = new CRC32();
      sum.update(content);
      entry.setMethod(ZipEntry.STORED);
      entry.setSize(content.length);
      entry.setCrc(sum.getValue());
    }
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }

  /** A checkpoint with views of one storage, an object of a class and a counter. */
  private static String checkpoint(Chance chance) {
    String weights =
        "X\u0001\0\0\0a"
            + tensor("K\0", "K\u0002K\u0003\u0086", "K\u0003K\u0001\u0086")
            + "X\u0001\0\0\0b"
            + tensor("K\u0001", "K\u0003K\u0002\u0086", "K\u0001K\u0004\u0086")
            + "X\u0001\0\0\0c"
            + tensor("J\u0005\0\0\0", ")", ")")
            + "X\u0001\0\0\0d"
            + tensor("K\u0007", "K\u0009\u0085", "K\0\u0085");
    String state = "ccollections\nOrderedDict\n)Rq\u0001(" + weights + "u";
    String other =
        "X\u0004\0\0\0argscargparse\nNamespace\n)\u0081}X\u0001\0\0\0xK\u0001sb"
            + "X\u0005\0\0\0epochK\u0003X\u0003\0\0\0bigG?\u00f0\0\0\0\0\0\0";
    return PROTOCOL
        + (chance.happens(0.5) ? state : "}(X\n\0\0\0state_dict" + state + other + "u")
        + ".";
  }

  private static String tensor(String offset, String dims, String strides) {
    return "ctorch._utils\n_rebuild_tensor_v2\n((X\u0007\0\0\0storagectorch\nFloatStorage\n"
        + "X\u0001\0\0\0"
        + "0X\u0003\0\0\0cpuK\u0018tQ"
        + offset
        + dims
        + strides
        + "\u0089ccollections\nOrderedDict\n)RtR";
  }
}
