package io.github.bilevel4j.data;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.base.Splitter;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** ZIP archives as other programs write them, and damaged ones. */
class ArchiveTest {
  private static final List<String> PETS =
      List.of("train/cXt/1.png", "train/dog/1.png", "test/cXt/2.png", "test/dog/2.png");

  @TempDir private Path temporary;
  private Path archive;

  @BeforeEach
  void nameTheArchive() {
    archive = temporary.resolve("pets.zip");
  }

  private void pack(Charset charset, UnaryOperator<String> name, String... more)
      throws IOException {
    List<String> names = new ArrayList<>(PETS.stream().map(name).toList());
    names.addAll(List.of(more));
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(archive), charset)) {
      for (String each : names) {
        out.putNextEntry(new ZipEntry(each));
        out.write(Samples.png(4, 6, each.length()));
        out.closeEntry();
      }
    }
  }

  /** Replaces bytes, given as Latin-1, wherever they are. */
  private void patch(String old, String replacement) throws IOException {
    String bytes = new String(Files.readAllBytes(archive), ISO_8859_1);
    assertThat(bytes).contains(old);
    Files.write(archive, bytes.replace(old, replacement).getBytes(ISO_8859_1));
  }

  private AbstractThrowableAssert<?, ?> assertRejected() {
    return assertThatThrownBy(() -> ImageFolder.read(archive))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private List<String> classNames() {
    return ImageFolder.read(archive).train().classNames();
  }

  @Test
  void namesInCodePage437AreRead() throws IOException {
    pack(ISO_8859_1, name -> name);
    patch("cXt", "c\u0082t");
    assertThat(classNames()).containsExactly("cét", "dog");
  }

  @Test
  void namesMayBeInBothCharacterSets() throws IOException {
    pack(UTF_8, name -> name.replace("dog", "犬"));
    byte[] bytes = Files.readAllBytes(archive);
    String text = new String(bytes, ISO_8859_1);
    for (int at = text.indexOf("PK\1\2"); at >= 0; at = text.indexOf("PK\1\2", at + 1)) {
      boolean isCat = text.substring(at + 46).matches("(?s)t[a-z]*/cXt.*");
      bytes[at + 9] ^= (byte) (isCat ? 8 : 0);
    }
    Files.write(archive, bytes);
    patch("cXt", "c\u0082t");
    assertThat(classNames()).containsExactly("cét", "犬");
  }

  @Test
  void namesInUtf8AreReadWhetherTheySaySoOrNot() throws IOException {
    pack(UTF_8, name -> name.replace("dog", "犬"));
    assertThat(classNames()).containsExactly("cXt", "犬");
    pack(ISO_8859_1, name -> name);
    patch("cXt", new String("é".getBytes(UTF_8), ISO_8859_1) + "t");
    assertThat(classNames()).containsExactly("dog", "ét");
  }

  /** Java reads comments later than names, and with another exception. */
  @Test
  void commentsDoNotMatter() throws IOException {
    for (Charset charset : List.of(ISO_8859_1, UTF_8)) {
      try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(archive), charset)) {
        for (String name : PETS) {
          ZipEntry entry = new ZipEntry(name);
          entry.setComment("é");
          out.putNextEntry(entry);
          out.write(Samples.png(4, 6, 1));
        }
      }
      assertThat(classNames()).containsExactly("cXt", "dog");
    }
    patch(new String("é".getBytes(UTF_8), ISO_8859_1), "\u00e9\u00e9");
    assertRejected().hasMessageContaining("neither a folder nor a readable ZIP archive");
  }

  @Test
  void backslashesPartFolders() throws IOException {
    pack(UTF_8, name -> name.replace('/', '\\'));
    LabeledImages train = ImageFolder.read(archive).train();
    assertThat(train.classNames()).containsExactly("cXt", "dog");
    assertThat(train.labels()).containsExactly(0, 1);
  }

  @Test
  void aBackslashBesideSlashesIsPartOfAName() throws IOException {
    pack(UTF_8, name -> name.replace("cXt", "c\\t"));
    assertThat(classNames()).containsExactly("c\\t", "dog");
  }

  @Test
  void dotsAndDoubleSlashesInNamesMeanNothing() throws IOException {
    pack(UTF_8, name -> "./" + name.replace("/", "//"));
    assertThat(classNames()).containsExactly("cXt", "dog");
  }

  @Test
  void anEncryptedArchiveIsCalledSo() throws IOException {
    pack(UTF_8, name -> name);
    byte[] bytes = Files.readAllBytes(archive);
    String text = new String(bytes, ISO_8859_1);
    for (int at = text.indexOf("PK\1\2"); at >= 0; at = text.indexOf("PK\1\2", at + 1)) {
      bytes[at + 8] |= 1;
    }
    Files.write(archive, bytes);
    assertRejected()
        .hasMessage(
            """
            read images: %s is neither a folder nor a readable ZIP archive.
              reason  invalid CEN header (encrypted entry)
            Maybe unpack it with its password, and give the folder.""",
            archive);
  }

  @Test
  void aMethodThatIsNotReadIsNamed() throws IOException {
    pack(UTF_8, name -> name);
    patch("\b\b\b\0", "\b\b\16\0");
    assertRejected().hasMessageContaining("bad compression method: 14");
  }

  @Test
  void aNulInANameIsToldWithTheArchive() throws IOException {
    pack(UTF_8, name -> name);
    patch("cXt", "c\0t");
    assertRejected()
        .hasMessage(
            """
            read images: an entry of %s has the character NUL in its name.
              entry  train/c?t/1.png
            Maybe pack the pictures anew.""",
            archive);
  }

  @Test
  void namesThatLeadOutAreRejected() throws IOException {
    pack(UTF_8, name -> name, "../evil.png");
    assertRejected()
        .hasMessage(
            """
            read images: an entry of %s has a name that leads out of it.
              entry  ../evil.png
            Maybe pack the pictures anew.""",
            archive);
  }

  @Test
  void aNameTwiceIsRejected() throws IOException {
    pack(UTF_8, name -> name.replace("dog/2", "cXt/3"), "test/dog/2.png");
    patch("test/cXt/3.png", "test/cXt/2.png");
    assertRejected()
        .hasMessage(
            """
            read images: an entry of %s has the same name as another.
              entry  test/cXt/2.png
            Maybe pack the pictures anew.""",
            archive);
  }

  /** Two thousand and more would otherwise take seconds, or the stack. */
  @Test
  void deepNamesAreRejected() throws IOException {
    String deep = "train/" + "a/".repeat(20_000);
    pack(UTF_8, name -> name, deep + "1.png");
    assertRejected()
        .hasMessage(
            """
            read images: an entry of %s lies more than 32 folders deep.
              entry  %s...
            Maybe pack the pictures anew.""",
            archive, deep.substring(0, 200));
  }

  /** Stored, so that a changed byte meets no check but the archive's. */
  @Test
  void aWrongChecksumIsDamage() throws IOException {
    byte[] picture = Samples.jpeg(4, 6, 1);
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(archive))) {
      for (String name : PETS) {
        ZipEntry entry = new ZipEntry(name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(picture.length);
        java.util.zip.CRC32 checksum = new java.util.zip.CRC32();
        checksum.update(picture);
        entry.setCrc(checksum.getValue());
        out.putNextEntry(entry);
        out.write(picture);
      }
    }
    assertThat(ImageFolder.damaged(archive)).isEmpty();
    byte[] bytes = Files.readAllBytes(archive);
    bytes[30 + PETS.get(0).length() + picture.length - 3] ^= 1;
    Files.write(archive, bytes);
    assertThat(ImageFolder.damaged(archive))
        .containsOnlyKeys(PETS.get(0))
        .containsValue("its checksum in the archive is wrong");
  }

  /** The list of entries, where sizes are 24 bytes behind the signature. */
  @Test
  void aWrongLengthIsDamage() throws IOException {
    for (int change : new int[] {-1, 1}) {
      pack(UTF_8, name -> name);
      byte[] bytes = Files.readAllBytes(archive);
      bytes[new String(bytes, ISO_8859_1).indexOf("PK\1\2") + 24] += (byte) change;
      Files.write(archive, bytes);
      assertThat(ImageFolder.damaged(archive))
          .containsOnlyKeys(PETS.get(0))
          .containsValue("its length in the archive is wrong");
    }
  }

  @Test
  void aListBeyondTheMemoryIsToldBeforeItIsRead() throws IOException {
    pack(UTF_8, name -> name);
    byte[] bytes = Files.readAllBytes(archive);
    int end = new String(bytes, ISO_8859_1).lastIndexOf("PK\5\6");
    java.nio.ByteBuffer.wrap(bytes).putInt(end + 12, 0xfeffffff);
    assertThat(EndRecord.of(Files.write(archive, bytes)).listBytes()).isEqualTo(0xfffffffeL);
    assertRejected().hasMessageContaining("reason  its list of entries needs 49,152 MB; Java has ");
  }

  @Test
  void everyTruncationIsRejected() throws IOException {
    pack(UTF_8, name -> name);
    byte[] bytes = Files.readAllBytes(archive);
    for (int length = 0; length < bytes.length; length += 7) {
      Files.write(archive, java.util.Arrays.copyOf(bytes, length));
      assertRejected().hasMessageContaining("neither a folder nor a readable ZIP archive");
    }
  }

  @Test
  void everyDamagedByteIsReadOrRejected() throws IOException {
    pack(UTF_8, name -> name);
    byte[] bytes = Files.readAllBytes(archive);
    for (int at = 0; at < bytes.length; at++) {
      byte[] damaged = bytes.clone();
      damaged[at] ^= (byte) (1 << at % 8);
      Files.write(archive, damaged);
      try {
        assertThat(ImageFolder.read(archive).train().count()).isPositive();
      } catch (IllegalArgumentException e) {
        assertThat(Splitter.on('\n').splitToList(e.getMessage()).get(0))
            .startsWith("read images: ")
            .contains(archive.toString());
      }
    }
  }
}
