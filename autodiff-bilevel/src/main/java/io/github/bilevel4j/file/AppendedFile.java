package io.github.bilevel4j.file;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;

/**
 * A text file that grows by whole lines. Every write is checked and begins where the last whole
 * line ended, so that one that failed half-way leaves nothing behind. If the file is deleted under
 * way, with its folder even, the next write makes it again with all that it held.
 */
public final class AppendedFile implements AutoCloseable {
  private static final int CHUNK = 1 << 16;

  private final Path file;

  @GuardedBy("this")
  private RandomAccessFile out;

  @GuardedBy("this")
  private Object identity;

  @GuardedBy("this")
  private long length;

  private AppendedFile(Path file, RandomAccessFile out) throws IOException {
    this.file = file;
    this.out = out;
    this.identity = identity(file);
  }

  /**
   * Begins a new file, in place of what is there.
   *
   * @throws WriteException if it cannot be made
   */
  public static AppendedFile create(Path file) {
    return opened(file, made -> 0);
  }

  /**
   * Goes on with a file, or begins one if there is none. A last line that does not end was cut off
   * by a crash: it is removed.
   *
   * @throws WriteException if it cannot be opened
   */
  public static AppendedFile open(Path file) {
    return opened(file, AppendedFile::endOfLastLine);
  }

  private interface Length {
    long of(RandomAccessFile file) throws IOException;
  }

  private static AppendedFile opened(Path file, Length kept) {
    try {
      RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw");
      try {
        AppendedFile opened = new AppendedFile(file, out);
        opened.truncate(kept.of(out));
        return opened;
      } catch (IOException | RuntimeException e) {
        out.close();
        throw e;
      }
    } catch (IOException e) {
      throw new WriteException(file, e);
    }
  }

  private static long endOfLastLine(RandomAccessFile out) throws IOException {
    for (long position = out.length(); position > 0; position--) {
      out.seek(position - 1);
      if (out.read() == '\n') {
        return position;
      }
    }
    return 0;
  }

  /** The bytes of all lines that were written: where the next one begins. */
  public synchronized long length() {
    return length;
  }

  /**
   * Drops all lines after a position.
   *
   * @param position what {@link #length} was after the last line to keep
   * @throws WriteException if it cannot be done, or the file is shorter
   */
  public synchronized void truncate(long position) {
    try {
      if (out.length() < position) {
        throw new IOException(
            "it has " + out.length() + " bytes where " + position + " were written");
      }
      out.setLength(position);
      length = position;
    } catch (IOException e) {
      throw new WriteException(file, e);
    }
  }

  /**
   * Appends lines.
   *
   * @param lines each with its end
   * @throws WriteException if they cannot be written; none of them is in the file then
   */
  public synchronized void append(String lines) {
    byte[] bytes = lines.getBytes(UTF_8);
    try {
      ensureInPlace();
      out.seek(length);
      out.write(bytes);
      length += bytes.length;
    } catch (IOException e) {
      cut();
      throw new WriteException(file, e);
    }
  }

  /** What is beyond the last whole line is written over by the next one if this fails. */
  private synchronized void cut() {
    try {
      out.setLength(length);
    } catch (IOException e) {
      return;
    }
  }

  private synchronized void ensureInPlace() throws IOException {
    try {
      if (!Objects.equals(identity, identity(file))) {
        throw new IOException("another file has taken its place");
      }
    } catch (NoSuchFileException e) {
      makeAgain();
    }
  }

  /** What tells a file from another one of its name, null where the system has no such thing. */
  static Object identity(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
  }

  /** A deleted file can be read as long as it is open. */
  private synchronized void makeAgain() throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    RandomAccessFile made = new RandomAccessFile(file.toFile(), "rw");
    try {
      out.seek(0);
      byte[] chunk = new byte[CHUNK];
      for (long left = length; left > 0; ) {
        int read = out.read(chunk, 0, (int) Math.min(left, chunk.length));
        if (read < 0) {
          throw new IOException("what it held cannot be read");
        }
        made.write(chunk, 0, read);
        left -= read;
      }
      identity = identity(file);
    } catch (IOException e) {
      made.close();
      Files.deleteIfExists(file);
      throw e;
    }
    out.close();
    out = made;
  }

  /**
   * Forces all lines to the disk.
   *
   * @throws WriteException if they cannot be
   */
  public synchronized void sync() {
    try {
      ensureInPlace();
      out.getFD().sync();
    } catch (IOException e) {
      throw new WriteException(file, e);
    }
  }

  /**
   * Forces all lines to the disk and closes the file.
   *
   * @throws WriteException if they cannot be
   */
  @Override
  public synchronized void close() {
    try {
      // Not a resource: what is deleted is made again, as another one, when it is synced.
      try {
        if (out.getChannel().isOpen()) {
          sync();
        }
      } finally {
        out.close();
      }
    } catch (IOException e) {
      throw new WriteException(file, e);
    }
  }
}
