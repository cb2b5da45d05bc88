package io.github.bilevel4j.data;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.bilevel4j.weights.SafeTensors;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that need more than a Java with 64 MB has: told before anything is allocated. */
class MemoryTest {
  private static final int MB = 1 << 20;

  @TempDir private Path temporary;

  /** Prints what reading a file or data set ends with. */
  static final class Read {
    private Read() {}

    public static void main(String[] arguments) {
      for (String argument : arguments) {
        try {
          if (argument.endsWith(".safetensors")) {
            System.out.println("read " + SafeTensors.read(Path.of(argument)).keySet());
          } else {
            System.out.println("read " + DataSource.read(argument).train());
          }
        } catch (IllegalArgumentException e) {
          System.out.println(e.getMessage());
        }
      }
    }
  }

  private String read(String source) throws IOException, InterruptedException {
    return OtherMachine.run(Read.class, temporary, Map.of(), source);
  }

  private void assertTold(String source, String... parts) throws Exception {
    assertThat(read(source))
        .doesNotContain("OutOfMemoryError", "Exception", "\tat ")
        .contains(parts)
        .containsPattern("Java has +[0-9]+ MB");
  }

  @Test
  void readsWhatFits() throws Exception {
    Samples.petsIn(temporary.resolve("pets"));
    assertThat(read("pets")).isEqualTo("read 4 images [4, 6, 3] in 2 classes\n");
  }

  private Path petsWith(String name, byte[] picture) throws IOException {
    Path pets = Samples.petsIn(temporary.resolve("pets"));
    Samples.write(pets, name, picture);
    return pets;
  }

  @Test
  void aJpegThatClaimsTooMuch() throws Exception {
    byte[] jpeg = Samples.claiming(Samples.jpeg(600, 600, 1), 11_000, 12_000);
    petsWith("train/cat/0.jpg", jpeg);
    assertTold(
        "pets",
        "a picture of pets cannot be read",
        "train/cat/0.jpg",
        "its header claims height 11000, width 12000, which need 756 MB; Java has");
  }

  @Test
  void aPngThatUnpacksToTooMuch() throws Exception {
    byte[] bomb = Samples.blackPng(8_000, 8_000, 8_000);
    assertThat(bomb).hasSizeLessThan(MB);
    Path pets = petsWith("train/dog/3.png", bomb);
    String claim = "its header claims height 8000, width 8000, which need 367 MB; Java has";
    assertTold("pets", "train/dog/3.png", claim);
    Samples.zipped(pets, temporary.resolve("pets.zip"), "");
    assertTold("pets.zip", "train/dog/3.png", claim);
  }

  @Test
  void manyImagesThatDoNotFitTogetherStayInTheirFiles() throws Exception {
    Path pets = temporary.resolve("pets");
    byte[] picture = Samples.blackPng(1000, 1000, 1000);
    for (int i = 0; i < 30; i++) {
      Samples.write(pets, "train/cat/" + i + ".png", picture);
    }
    Samples.write(pets, "test/cat/0.png", picture);
    assertThat(read("pets")).isEqualTo("read 30 images [1000, 1000, 3] in 1 classes\n");
  }

  @Test
  void anEntryOfAnArchiveThatUnpacksToTooMuch() throws Exception {
    Path pets = Samples.petsIn(temporary.resolve("pets"));
    Path archive = temporary.resolve("bomb.zip");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(archive))) {
      for (String name : new String[] {"train/cat/1.png", "test/cat/3.png"}) {
        out.putNextEntry(new ZipEntry(name));
        Files.copy(pets.resolve(name), out);
      }
      out.putNextEntry(new ZipEntry("train/cat/2.png"));
      for (int i = 0; i < 100; i++) {
        out.write(new byte[MB]);
      }
    }
    assertThat(Files.size(archive)).isLessThan(MB);
    assertTold(
        "bomb.zip",
        "a picture of bomb.zip cannot be read",
        "train/cat/2.png",
        "the file needs 300 MB; Java has");
  }

  private Path sparse(String name, long size) throws IOException {
    Path file = temporary.resolve(name);
    Files.createDirectories(file.getParent());
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      out.setLength(size);
    }
    return file;
  }

  @Test
  void aPictureFileThatIsTooLarge() throws Exception {
    Samples.petsIn(temporary.resolve("pets"));
    sparse("pets/train/cat/0.png", 200L * MB);
    assertTold("pets", "train/cat/0.png", "the file needs 600 MB; Java has");
    sparse("pets/train/cat/0.png", 257L * MB);
    assertThat(read("pets")).contains("the file has 257 MB, the limit is 256 MB");
  }

  @Test
  void aListOfEntriesThatIsTooLong() throws Exception {
    Path archive = sparse("list.zip", 30L * MB);
    ByteBuffer end = ByteBuffer.allocate(22).order(ByteOrder.LITTLE_ENDIAN);
    end.put("PK\5\6".getBytes(ISO_8859_1)).putInt(0).putShort((short) 1).putShort((short) 1);
    end.putInt(20 * MB);
    try (OutputStream out =
        Files.newOutputStream(archive, java.nio.file.StandardOpenOption.APPEND)) {
      out.write(end.array());
    }
    assertTold("list.zip", "its list of entries needs 240 MB; Java has");
  }

  @Test
  void cifarFilesThatAreTooLarge() throws Exception {
    Samples.write(temporary, "fine_label_names.txt", "apple".getBytes(ISO_8859_1));
    sparse("train.bin", 3074 * 300_000L);
    sparse("test.bin", 3074);
    assertTold(
        "cifar100:" + temporary, "do not fit into memory", "300,000 of 32 x 32", "need ", "886 MB");
    sparse("train.bin", 3074 * 300_000L - 1);
    assertThat(read("cifar100:" + temporary)).contains("train.bin has a wrong length");
  }

  private void writeWeights(String header, long dataBytes) throws IOException {
    byte[] text = header.getBytes(ISO_8859_1);
    Path file = sparse("weights.safetensors", 8 + text.length + dataBytes);
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      out.write(
          ByteBuffer.allocate(8 + text.length)
              .order(ByteOrder.LITTLE_ENDIAN)
              .putLong(text.length)
              .put(text)
              .array());
    }
  }

  @Test
  void weightsThatAreTooLarge() throws Exception {
    writeWeights(
        "{\"w\":{\"dtype\":\"U8\",\"shape\":[20000000],\"data_offsets\":[0,20000000]}}",
        20_000_000);
    assertTold(
        "weights.safetensors",
        "the weights of weights.safetensors cannot be read into memory",
        "77 MB");
  }

  @Test
  void aHeaderThatIsTooLarge() throws Exception {
    writeWeights("{\"w\":[" + "{},".repeat(2 * MB) + "1]}", 0);
    assertTold(
        "weights.safetensors",
        "the header of weights.safetensors cannot be read into memory",
        "205 MB");
  }
}
