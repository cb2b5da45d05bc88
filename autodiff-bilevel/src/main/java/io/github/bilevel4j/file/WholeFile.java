package io.github.bilevel4j.file;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableList;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A file that appears whole or not at all, whatever happens to the program or the machine: it is
 * written under a name of its own beside it, forced to the disk and renamed, and the folder is
 * forced to the disk too. Until then a file of its name keeps what it held.
 *
 * <p>What a killed program leaves behind is named {@code FILE.PROCESS-NUMBER.part}; the next write
 * of the same file removes it if that process is gone, and so does {@link #removeLeftovers}.
 */
public final class WholeFile {
  private static final Pattern PART = Pattern.compile("(.*?)\\.(?:(\\d+)-\\d+\\.)?part");
  private static final AtomicLong NUMBER = new AtomicLong();
  private static final Set<Path> BEING_WRITTEN = ConcurrentHashMap.newKeySet();

  private WholeFile() {}

  /** What a file shall hold. */
  @FunctionalInterface
  public interface Content {
    /** Writes all of it. */
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * Writes bytes, in place of what is there.
   *
   * @throws WriteException if they cannot be written; nothing has changed then
   */
  public static void write(Path file, byte[] content) {
    write(file, out -> out.write(content));
  }

  /**
   * Writes text in UTF-8, in place of what is there.
   *
   * @throws WriteException if it cannot be written; nothing has changed then
   */
  public static void write(Path file, String text) {
    write(file, text.getBytes(UTF_8));
  }

  /**
   * Writes a file, in place of what is there. A link is followed. What is no regular file, {@code
   * /dev/stdout} for instance, is written as it is.
   *
   * @throws WriteException if it cannot be written; nothing has changed then
   */
  public static void write(Path file, Content content) {
    try {
      Path target = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
      if (Files.exists(target) && !Files.isRegularFile(target)) {
        fill(target, content, false);
      } else {
        replace(target, content);
      }
    } catch (IOException e) {
      throw new WriteException(file, e);
    }
  }

  private static void replace(Path target, Content content) throws IOException {
    String name = target.getFileName().toString();
    if (Files.notExists(target.getParent())) {
      throw new NoSuchFileException(target.getParent().toString());
    }
    tidy(target.getParent(), name);
    Path part =
        target.resolveSibling(
            name + "." + ProcessHandle.current().pid() + "-" + NUMBER.getAndIncrement() + ".part");
    BEING_WRITTEN.add(part);
    try {
      fill(part, content, true);
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(part);
      BEING_WRITTEN.remove(part);
    }
    force(target.getParent());
  }

  /**
   * Renames a file, in place of what is there.
   *
   * @throws WriteException if it cannot be renamed; nothing has changed then
   */
  public static void rename(Path file, Path name) {
    try {
      Files.move(file, name, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new WriteException(file, e);
    }
  }

  /** Not by a channel, which an interrupted thread cannot use. */
  private static void fill(Path file, Content content, boolean forced) throws IOException {
    try (FileOutputStream out = new FileOutputStream(file.toFile())) {
      content.writeTo(out);
      if (forced) {
        out.getFD().sync();
      }
    }
  }

  /** Not every system can do this with a folder; the file itself is whole without it. */
  static void force(Path folder) {
    try (FileChannel channel = FileChannel.open(folder)) {
      channel.force(true);
    } catch (IOException e) {
      return;
    }
  }

  /**
   * Deletes what programs that were killed have left of files in a folder that they were writing.
   * Nobody else may write there.
   *
   * @throws WriteException if one cannot be deleted
   */
  public static void removeLeftovers(Path folder) {
    try {
      remove(folder, null);
    } catch (IOException e) {
      throw new WriteException(folder, e);
    }
  }

  /** Whether a file has the name of one that was not finished. */
  public static boolean isUnfinished(Path file) {
    Matcher part = PART.matcher(file.getFileName().toString());
    return part.matches() && part.group(2) != null;
  }

  /** A leftover that stays is no reason not to write. */
  private static void tidy(Path folder, String name) {
    try {
      remove(folder, name);
    } catch (IOException e) {
      return;
    }
  }

  /** Of one file, or of all: then also those that do not say whose they are. */
  private static void remove(Path folder, String name) throws IOException {
    ImmutableList<Path> leftovers;
    try (Stream<Path> files = Files.list(folder)) {
      leftovers =
          files.filter(file -> isLeftover(file, name)).collect(ImmutableList.toImmutableList());
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    for (Path each : leftovers) {
      Files.deleteIfExists(each);
    }
  }

  private static boolean isLeftover(Path file, String name) {
    Matcher part = PART.matcher(file.getFileName().toString());
    if (!part.matches() || BEING_WRITTEN.contains(file)) {
      return false;
    }
    if (part.group(2) == null) {
      return name == null;
    }
    return (name == null || name.equals(part.group(1))) && isGone(Long.parseLong(part.group(2)));
  }

  /** Of a process with the number of this one, nothing is left that is not being written. */
  private static boolean isGone(long process) {
    return process == ProcessHandle.current().pid() || ProcessHandle.of(process).isEmpty();
  }
}
