package io.github.bilevel4j.data;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TarReaderTest {
  @TempDir private Path folder;

  private Map<String, String> read(byte[] archive) throws IOException {
    Path file = Files.write(folder.resolve("a.tar"), archive);
    Map<String, String> contents = new LinkedHashMap<>();
    try (TarReader tar = TarReader.open(file)) {
      for (Optional<TarReader.Entry> next = tar.next(); next.isPresent(); next = tar.next()) {
        contents.put(next.get().path(), new String(tar.content().readAllBytes(), UTF_8));
      }
    }
    return contents;
  }

  private AbstractThrowableAssert<?, ?> assertRejected(byte[] archive) {
    return assertThatThrownBy(() -> read(archive)).isInstanceOf(IOException.class);
  }

  private static byte[] text(String text) {
    return text.getBytes(UTF_8);
  }

  private static Tar two() {
    return new Tar().add("a/one.txt", text("eins")).add("a/two.txt", text("zwei".repeat(200)));
  }

  @Test
  void readsRegularFilesPackedOrNot() throws IOException {
    byte[] tar = two().bytes();
    assertThat(read(tar))
        .containsExactly(
            Map.entry("a/one.txt", "eins"), Map.entry("a/two.txt", "zwei".repeat(200)));
    assertThat(read(Tar.gzip(tar))).isEqualTo(read(tar));
  }

  @Test
  void passesOverFilesThatAreNotRead() throws IOException {
    Path file = Files.write(folder.resolve("a.tar"), two().gzip());
    try (TarReader tar = TarReader.open(file)) {
      assertThat(tar.next().orElseThrow().name()).isEqualTo("one.txt");
      assertThat(tar.next().orElseThrow()).isEqualTo(new TarReader.Entry("a/two.txt", 800));
      assertThat(tar.content().readNBytes(3)).isEqualTo(text("zwe"));
      assertThat(tar.next()).isEmpty();
    }
  }

  @Test
  void passesOverWhatIsNoFile() throws IOException {
    Tar tar = new Tar().add("a/", '5', new byte[0]).add("link", '2', new byte[0]);
    tar.gnuName("n".repeat(300)).add("link", '1', new byte[0]);
    assertThat(read(tar.add("device", '3', new byte[0]).add("b", text("x")).bytes()))
        .containsExactly(Map.entry("b", "x"));
  }

  @Test
  void readsLongNames() throws IOException {
    String gnu = "folder/".repeat(40) + "gnu";
    String pax = "Ordner/".repeat(40) + "\u00e4";
    Tar tar = new Tar().gnuName(gnu).add("short", text("1")).pax("path", pax).add("p", text("2"));
    byte[] header = new byte[512];
    System.arraycopy(text("end"), 0, header, 0, 3);
    System.arraycopy(text("00000000000"), 0, header, 124, 11);
    System.arraycopy(text("ustar\00000"), 0, header, 257, 8);
    System.arraycopy(text("the/begin"), 0, header, 345, 9);
    assertThat(read(tar.sealed(header).bytes()))
        .containsExactly(Map.entry(gnu, "1"), Map.entry(pax, "2"), Map.entry("the/begin/end", ""));
  }

  @Test
  void readsSizesOfEveryForm() throws IOException {
    byte[] large = new byte[12];
    large[0] = (byte) 0x80;
    large[11] = 3;
    Tar tar = new Tar().header("binary", '0', large);
    byte[] block = Arrays.copyOf(text("abc"), 512);
    tar.sealedContent(block).pax("size", "2").header("pax", '0', text("00000000000"));
    assertThat(read(tar.sealedContent(block).bytes()))
        .containsExactly(Map.entry("binary", "abc"), Map.entry("pax", "ab"));
  }

  @Test
  void rejectsWhatEndsEarly() {
    byte[] tar = two().bytes();
    for (int end : new int[] {600, 1000, 1024, 1500, 2048}) {
      assertRejected(Arrays.copyOf(tar, end)).isInstanceOf(EOFException.class);
    }
    byte[] packed = two().gzip();
    assertRejected(Arrays.copyOf(packed, packed.length - 4)).isInstanceOf(EOFException.class);
  }

  @Test
  void rejectsADamagedStream() {
    byte[] packed = two().gzip();
    packed[packed.length - 6] ^= 1;
    assertRejected(packed).hasMessageContaining("Corrupt GZIP trailer");
  }

  @Test
  void rejectsADamagedHeader() {
    byte[] tar = two().bytes();
    tar[3] ^= 1;
    assertRejected(tar).hasMessageContaining("the checksum of a tar header is wrong");
    assertRejected(new Tar().header("a", '0', text("12345678901")).bytes())
        .hasMessageContaining("malformed tar header");
    byte[] negative = new byte[12];
    Arrays.fill(negative, (byte) 0xff);
    assertRejected(new Tar().header("a", '0', negative).bytes())
        .hasMessageContaining("impossible size");
    assertRejected(new Tar().add("PaxHeader", 'x', text("9 path=a")).add("a", text("")).bytes())
        .hasMessageContaining("malformed pax header");
    assertRejected(new Tar().add("a", 'S', text("")).bytes()).hasMessageContaining("sparse");
  }

  @Test
  void rejectsABomb() {
    byte[] zeros = new byte[80 << 20];
    assertRejected(new Tar().add("a", zeros).gzip())
        .hasMessageContaining("it unpacks to more than 100 times its size");
  }
}
