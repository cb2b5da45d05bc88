package io.github.bilevel4j.data;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableMap;
import com.google.common.io.ByteStreams;
import io.github.bilevel4j.check.Heap;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.GZIPInputStream;

/**
 * The regular files of a tar archive, plain or packed with gzip, read once from front to end: the
 * formats ustar and pax (POSIX.1-2001) and GNU's long names. Folders, links and devices are passed
 * over.
 *
 * <p>An archive unpacks to at most 100 times its own size and 64 MB; one that goes on is taken for
 * a bomb.
 */
final class TarReader implements Closeable {
  private static final int BLOCK = 512;
  private static final int BUFFER = 1 << 16;

  /** Names and attributes that stand before a file are at most this long. */
  private static final int MOST_ATTRIBUTES = 1 << 20;

  private static final long MOST_RATIO = 100;
  private static final long ALWAYS_ALLOWED = 64L << 20;
  private static final int GZIP = 0x1f8b;

  private static final int NAME_BYTES = 100;
  private static final int SIZE_AT = 124;
  private static final int NUMBER_BYTES = 12;
  private static final int SUM_AT = 148;
  private static final int SUM_BYTES = 8;
  private static final int TYPE_AT = 156;
  private static final int MAGIC_AT = 257;
  private static final int PREFIX_AT = 345;
  private static final int PREFIX_BYTES = 155;

  private final InputStream in;

  /** The bytes of the present file that are not read yet, and of its last block behind it. */
  private long left;

  private long padding;

  private TarReader(InputStream in) {
    this.in = in;
  }

  /**
   * A regular file.
   *
   * @param path its name with the folders above it
   * @param size in bytes, as the archive tells it
   */
  record Entry(String path, long size) {
    /** The last element of its path. */
    String name() {
      return path.substring(path.lastIndexOf('/') + 1);
    }

    /** Whether at most one folder is above it. */
    boolean isNearTop() {
      String plain = path.startsWith("./") ? path.substring(2) : path;
      return plain.indexOf('/') == plain.lastIndexOf('/');
    }
  }

  /** Whether a file begins as gzip or is a tar archive. */
  static boolean matches(Path source) throws IOException {
    try (InputStream in = Files.newInputStream(source)) {
      byte[] begin = in.readNBytes(BLOCK);
      return isGzip(begin) || (begin.length == BLOCK && hasMagic(begin));
    }
  }

  private static boolean isGzip(byte[] begin) {
    return begin.length >= 2 && ((begin[0] & 0xff) << 8 | (begin[1] & 0xff)) == GZIP;
  }

  private static boolean hasMagic(byte[] header) {
    return new String(header, MAGIC_AT, 5, ISO_8859_1).equals("ustar");
  }

  /** Opens an archive. */
  static TarReader open(Path source) throws IOException {
    InputStream file = new BufferedInputStream(Files.newInputStream(source), BUFFER);
    try {
      file.mark(2);
      boolean isPacked = isGzip(file.readNBytes(2));
      file.reset();
      InputStream unpacked =
          isPacked ? new BufferedInputStream(new GZIPInputStream(file, BUFFER), BUFFER) : file;
      return new TarReader(new Limited(unpacked, MOST_RATIO * Files.size(source) + ALWAYS_ALLOWED));
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }

  /** The next regular file, or none at the archive's end, which is then checked. */
  Optional<Entry> next() throws IOException {
    String longName = "";
    ImmutableMap<String, String> attributes = ImmutableMap.of();
    while (true) {
      skipPresent();
      byte[] header = new byte[BLOCK];
      int read = in.readNBytes(header, 0, BLOCK);
      if (read < BLOCK) {
        throw new EOFException();
      }
      if (isZero(header)) {
        // To the end of the packed stream, which has the checksum of all.
        in.transferTo(OutputStream.nullOutputStream());
        return Optional.empty();
      }
      requireChecksum(header);
      char type = (char) (header[TYPE_AT] & 0xff);
      long size = number(header, SIZE_AT);
      if (attributes.containsKey("size")) {
        size = decimal(attributes.get("size"));
      }
      begin(type >= '1' && type <= '6' ? 0 : size);
      switch (type) {
        case 'L' -> longName = text(attributes());
        case 'x' -> attributes = pax(attributes());
        case 'S' -> throw new IOException("it has sparse files");
        case '0', '\0', '7' -> {
          String path =
              attributes.getOrDefault("path", longName.isEmpty() ? path(header) : longName);
          if (!path.endsWith("/")) {
            return Optional.of(new Entry(path, size));
          }
          longName = "";
          attributes = ImmutableMap.of();
        }
        default -> {
          // What stands before a link or folder names that; K and g concern no file's name.
          if (type != 'K' && type != 'g') {
            longName = "";
            attributes = ImmutableMap.of();
          }
        }
      }
    }
  }

  private void begin(long size) throws IOException {
    if (size < 0 || size > Long.MAX_VALUE - BLOCK) {
      throw new IOException("it tells an impossible size of a file");
    }
    left = size;
    padding = (BLOCK - size % BLOCK) % BLOCK;
  }

  private void skipPresent() throws IOException {
    ByteStreams.skipFully(in, left + padding);
    left = 0;
    padding = 0;
  }

  /** The content of the present file, which ends with it. */
  InputStream content() {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] into, int at, int count) throws IOException {
        if (count == 0) {
          return 0;
        } else if (left == 0) {
          return -1;
        }
        int read = in.read(into, at, (int) Math.min(count, left));
        if (read < 0) {
          throw new EOFException();
        }
        left -= read;
        return read;
      }
    };
  }

  private byte[] attributes() throws IOException {
    if (left > MOST_ATTRIBUTES) {
      throw new IOException(
          String.format(Locale.ROOT, "it has a name of %s", Heap.megabytes(left)));
    }
    return content().readAllBytes();
  }

  /** Lines {@code LENGTH KEY=VALUE}, where the length is that of the whole line in bytes. */
  private static ImmutableMap<String, String> pax(byte[] lines) throws IOException {
    ImmutableMap.Builder<String, String> attributes = ImmutableMap.builder();
    int at = 0;
    while (at < lines.length) {
      int space = at;
      while (space < lines.length && lines[space] != ' ') {
        space++;
      }
      long length = decimal(new String(lines, at, space - at, ISO_8859_1));
      if (length <= space - at + 1 || length > lines.length - at) {
        throw new IOException("it has a malformed pax header");
      }
      String line = new String(lines, space + 1, (int) length - (space - at) - 2, UTF_8);
      int equals = line.indexOf('=');
      if (equals < 0) {
        throw new IOException("it has a malformed pax header");
      }
      attributes.put(line.substring(0, equals), line.substring(equals + 1));
      at += (int) length;
    }
    return attributes.buildKeepingLast();
  }

  private static long decimal(String digits) throws IOException {
    if (!digits.matches("[0-9]{1,18}")) {
      throw new IOException("it has a malformed pax header");
    }
    return Long.parseLong(digits);
  }

  private static String path(byte[] header) {
    String name = text(Arrays.copyOf(header, NAME_BYTES));
    boolean isPosix = hasMagic(header) && header[MAGIC_AT + 5] == 0;
    String prefix =
        isPosix ? text(Arrays.copyOfRange(header, PREFIX_AT, PREFIX_AT + PREFIX_BYTES)) : "";
    return prefix.isEmpty() ? name : prefix + "/" + name;
  }

  /** Up to the first NUL. */
  private static String text(byte[] bytes) {
    int end = 0;
    while (end < bytes.length && bytes[end] != 0) {
      end++;
    }
    return new String(bytes, 0, end, UTF_8);
  }

  /** Octal digits, or GNU's form for large numbers: big-endian after a first bit of one. */
  private static long number(byte[] header, int at) throws IOException {
    if (header[at] < 0) {
      long value = header[at] & 0x7f;
      for (int i = 1; i < NUMBER_BYTES; i++) {
        if (value > Long.MAX_VALUE >> 8) {
          return -1;
        }
        value = value << 8 | (header[at + i] & 0xff);
      }
      return value;
    }
    return octal(header, at, NUMBER_BYTES);
  }

  private static long octal(byte[] header, int at, int length) throws IOException {
    String digits = text(Arrays.copyOfRange(header, at, at + length)).strip();
    if (!digits.matches("[0-7]*")) {
      throw new IOException("it has a malformed tar header");
    }
    return digits.isEmpty() ? 0 : Long.parseLong(digits, 8);
  }

  /** The sum of all bytes of the header, those of the sum itself taken for blanks. */
  private static void requireChecksum(byte[] header) throws IOException {
    long sum = 0;
    for (int i = 0; i < BLOCK; i++) {
      sum += i >= SUM_AT && i < SUM_AT + SUM_BYTES ? ' ' : header[i] & 0xff;
    }
    if (sum != octal(header, SUM_AT, SUM_BYTES)) {
      throw new IOException("it is no tar archive, or the checksum of a tar header is wrong");
    }
  }

  private static boolean isZero(byte[] block) {
    for (byte each : block) {
      if (each != 0) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  /** Fails when more is read than an archive of this size may unpack to. */
  private static final class Limited extends FilterInputStream {
    private final long limit;
    private long count;

    Limited(InputStream in, long limit) {
      super(in);
      this.limit = limit;
    }

    private int counted(int read) throws IOException {
      count += Math.max(read, 0);
      if (count > limit) {
        throw new IOException(
            String.format(
                Locale.ROOT,
                "it unpacks to more than %d times its size (%s)",
                MOST_RATIO,
                Heap.megabytes(limit)));
      }
      return read;
    }

    @Override
    public int read() throws IOException {
      int read = super.read();
      counted(read < 0 ? 0 : 1);
      return read;
    }

    @Override
    public int read(byte[] into, int at, int length) throws IOException {
      return counted(super.read(into, at, length));
    }

    /** Reads, so that all that is unpacked counts. */
    @Override
    public long skip(long bytes) throws IOException {
      byte[] passed = new byte[(int) Math.min(bytes, BUFFER)];
      return Math.max(0, read(passed, 0, passed.length));
    }
  }
}
