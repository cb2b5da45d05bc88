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
 * A file that grows by whole lines or records. Every write is checked and begins where the last
 * whole one ended, so that one that failed half-way leaves nothing behind. If the file is deleted
 * under way, with its folder even, the next write makes it again with all that it held.
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

  private AppendedFile(Path file, RandomAccessFile out, long length) throws IOException {
    this.file = file;
    this.out = out;
    this.length = length;
    this.identity = identity(file);
  }

  /**
   * Begins a new file, in place of what is there.
   *
   * @throws WriteException if it cannot be made
   */
  public static AppendedFile create(Path file) {
    return opened(file, 0);
  }

  /**
   * Goes on with a file.
   *
   * @param position what {@link #length} was after the last write to keep: what comes after it is
   *     dropped
   * @throws WriteException if it cannot be opened, or is shorter
   */
  public static AppendedFile resume(Path file, long position) {
    return opened(file, position);
  }

  private static AppendedFile opened(Path file, long kept) {
    try {
      RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw");
      try {
        if (out.length() < kept) {
          throw new IOException(
              "it has " + out.length() + " bytes where " + kept + " were written");
        }
        AppendedFile opened = new AppendedFile(file, out, kept);
        out.setLength(kept);
        return opened;
      } catch (IOException | RuntimeException e) {
        out.close();
        throw e;
      }
    } catch (IOException e) {
      throw new WriteException(file, e);
    }
  }

  /** The bytes of all lines that were written: where the next one begins. */
  public synchronized long length() {
    return length;
  }

  /**
   * Appends lines.
   *
   * @param lines each with its end
   * @throws WriteException if they cannot be written; none of them is in the file then
   */
  public void append(String lines) {
    append(lines.getBytes(UTF_8));
  }

  /**
   * Appends bytes.
   *
   * @throws WriteException if they cannot be written; none of them is in the file then
   */
  public synchronized void append(byte[] bytes) {
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
