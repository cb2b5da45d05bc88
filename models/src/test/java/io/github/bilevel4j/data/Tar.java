package io.github.bilevel4j.data;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;

/** A tar archive, made byte by byte. */
final class Tar {
  private static final int BLOCK = 512;

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  /** Adds a file or, with its letter, another kind of entry. */
  Tar add(String name, char type, byte[] content) {
    header(name, type, "%011o".formatted(content.length).getBytes(UTF_8));
    return padded(content);
  }

  Tar add(String name, byte[] content) {
    return add(name, '0', content);
  }

  Tar header(String name, char type, byte[] size) {
    byte[] header = new byte[BLOCK];
    byte[] text = name.getBytes(UTF_8);
    System.arraycopy(text, 0, header, 0, Math.min(100, text.length));
    System.arraycopy(size, 0, header, 124, size.length);
    header[156] = (byte) type;
    System.arraycopy("ustar\00000".getBytes(UTF_8), 0, header, 257, 8);
    return sealed(header);
  }

  /** Adds a header after its checksum is put in. */
  Tar sealed(byte[] header) {
    Arrays.fill(header, 148, 156, (byte) ' ');
    int sum = 0;
    for (byte each : header) {
      sum += each & 0xff;
    }
    System.arraycopy("%06o".formatted(sum).getBytes(UTF_8), 0, header, 148, 6);
    header[154] = 0;
    bytes.writeBytes(header);
    return this;
  }

  /** Adds whole blocks as they are. */
  Tar sealedContent(byte[] blocks) {
    bytes.writeBytes(blocks);
    return this;
  }

  private Tar padded(byte[] content) {
    bytes.writeBytes(content);
    bytes.writeBytes(new byte[(BLOCK - content.length % BLOCK) % BLOCK]);
    return this;
  }

  /** A name longer than its field, as GNU's tar writes it. */
  Tar gnuName(String name) {
    return add("././@LongLink", 'L', (name + "\0").getBytes(UTF_8));
  }

  /** An attribute of the next file. */
  Tar pax(String key, String value) {
    String rest = " " + key + "=" + value + "\n";
    int length = rest.getBytes(UTF_8).length;
    int all = length + String.valueOf(length).length();
    all = length + String.valueOf(all).length();
    return add("PaxHeader", 'x', (all + rest).getBytes(UTF_8));
  }

  byte[] bytes() {
    byte[] end = new byte[2 * BLOCK];
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(bytes.toByteArray());
    all.writeBytes(end);
    return all.toByteArray();
  }

  byte[] gzip() {
    return gzip(bytes());
  }

  static byte[] gzip(byte[] content) {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      out.write(content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return packed.toByteArray();
  }

  /** Packs the files of a folder below a folder of the given name. */
  static Path packed(Path folder, String above, Path archive) throws IOException {
    Tar tar = new Tar().add(above + "/", '5', new byte[0]);
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        tar.add(above + "/" + file.getFileName(), Files.readAllBytes(file));
      }
    }
    boolean isPacked = archive.toString().toLowerCase(Locale.ROOT).endsWith("gz");
    return Files.write(archive, isPacked ? tar.gzip() : tar.bytes());
  }
}
