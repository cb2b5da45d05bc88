package io.github.bilevel4j.data;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * The record at a ZIP archive's end, read for the length of the list of entries before {@link
 * java.util.zip.ZipFile} reads that list.
 *
 * @param listBytes the length of the list; 0 if there is no such record, as opening will tell
 */
record EndRecord(long listBytes) {
  private static final String SIGNATURE = "PK\5\6";
  private static final int BYTES = 22;
  private static final int LONGEST_COMMENT = 0xffff;
  private static final int LIST_BYTES_AT = 12;

  /** Before it, in archives beyond 4 GB: where their own end record is. */
  private static final int LOCATOR_BYTES = 20;

  private static final int LOCATION_AT = 8;
  private static final long SEE_ZIP64 = 0xffff_ffffL;
  private static final int ZIP64_LIST_BYTES_AT = 40;

  /** Bytes in memory for each byte of the list: its copy, names, entries, tables; generously. */
  private static final int MEMORY_FACTOR = 12;

  static EndRecord of(Path archive) throws IOException {
    try (FileChannel in = FileChannel.open(archive)) {
      long from = Math.max(0, in.size() - BYTES - LONGEST_COMMENT - LOCATOR_BYTES);
      byte[] bytes = read(in, from, (int) (in.size() - from));
      ByteBuffer tail = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      int at = new String(bytes, ISO_8859_1).lastIndexOf(SIGNATURE);
      if (at < 0 || at + BYTES > tail.limit()) {
        return new EndRecord(0);
      }
      long listBytes = Integer.toUnsignedLong(tail.getInt(at + LIST_BYTES_AT));
      return listBytes == SEE_ZIP64 && at >= LOCATOR_BYTES
          ? zip64(in, tail.getLong(at - LOCATOR_BYTES + LOCATION_AT))
          : new EndRecord(listBytes);
    }
  }

  private static EndRecord zip64(FileChannel in, long at) throws IOException {
    if (at < 0 || at > in.size() - ZIP64_LIST_BYTES_AT - Long.BYTES) {
      return new EndRecord(0);
    }
    byte[] listBytes = read(in, at + ZIP64_LIST_BYTES_AT, Long.BYTES);
    return new EndRecord(ByteBuffer.wrap(listBytes).order(ByteOrder.LITTLE_ENDIAN).getLong());
  }

  private static byte[] read(FileChannel in, long from, int count) throws IOException {
    byte[] bytes = new byte[count];
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      if (in.read(buffer, from + buffer.position()) < 0) {
        throw new IOException("it became shorter while it was read");
      }
    }
    return bytes;
  }

  /** What reading the list takes. */
  long listMemory() {
    return listBytes < 0 || listBytes > Long.MAX_VALUE / MEMORY_FACTOR
        ? Long.MAX_VALUE
        : MEMORY_FACTOR * listBytes;
  }
}
