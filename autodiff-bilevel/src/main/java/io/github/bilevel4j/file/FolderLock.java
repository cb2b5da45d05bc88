package io.github.bilevel4j.file;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.bilevel4j.check.UsageError;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * The right to write in a folder, which one program at a time has. It is a lock on the folder's
 * file {@code .lock}, which holds the number of the owner's process and stays there; the system
 * releases it when the process ends, however that happens.
 */
public final class FolderLock implements AutoCloseable {
  /** The name of the file. */
  public static final String NAME = ".lock";

  /** The byte that is locked lies beyond the content, which others may then read everywhere. */
  private static final long LOCKED = Long.MAX_VALUE - 1;

  /** What the file holds: a process number, or nothing after a crash. */
  private static final Pattern OWNER = Pattern.compile("\\d*\\s*");

  /** Closing a second channel of a locked file would release the lock of the first one. */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path file;
  private final FileChannel channel;
  private final Object identity;

  private FolderLock(Path file, FileChannel channel) throws IOException {
    this.file = file;
    this.channel = channel;
    this.identity = AppendedFile.identity(file);
  }

  /**
   * Takes the lock of a folder.
   *
   * @throws UsageError if another program, or this one, has it, or the file is of another kind
   * @throws WriteException if the file cannot be written
   */
  public static FolderLock of(Path folder) {
    try {
      Path file = folder.toRealPath().resolve(NAME);
      if (!HELD.add(file)) {
        throw inUse(folder, String.valueOf(ProcessHandle.current().pid()));
      }
      try {
        return new FolderLock(file, locked(folder, file));
      } catch (IOException | RuntimeException e) {
        HELD.remove(file);
        throw e;
      }
    } catch (IOException e) {
      throw new WriteException(folder.resolve(NAME), e);
    }
  }

  private static FileChannel locked(Path folder, Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (!isLocked(channel, file)) {
        throw inUse(folder, Files.readString(file).strip());
      }
      if (!OWNER.matcher(Files.readString(file)).matches()) {
        throw UsageError.in("output folder")
            .because("%s is of another program", file)
            .maybe("another folder was meant.");
      }
      channel.truncate(0);
      channel.write(ByteBuffer.wrap((ProcessHandle.current().pid() + "\n").getBytes(UTF_8)));
      return channel;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** A file system without locks, as some on a network are, cannot keep two programs apart. */
  private static boolean isLocked(FileChannel channel, Path file) {
    try {
      return channel.tryLock(LOCKED, 1, false) != null;
    } catch (IOException e) {
      System.err.println(
          "warning: "
              + file
              + " cannot be locked: "
              + e.getMessage()
              + "; one run alone may go on");
      return true;
    }
  }

  private static UsageError inUse(Path folder, String process) {
    return UsageError.in("output folder")
        .because("%s is in use by process %s", folder, process.isEmpty() ? "?" : process)
        .maybe("another folder was meant, or that run should end first.");
  }

  /** Whether the folder is still the one that was locked: it may have been deleted since. */
  public boolean isInPlace() {
    try {
      return Objects.equals(identity, AppendedFile.identity(file));
    } catch (IOException e) {
      return false;
    }
  }

  /** Releases the lock. */
  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new WriteException(file, e);
    } finally {
      HELD.remove(file);
    }
  }
}
