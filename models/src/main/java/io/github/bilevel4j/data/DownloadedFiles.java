package io.github.bilevel4j.data;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.check.ReadFailure;
import io.github.bilevel4j.check.UsageError;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Collection;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * The files of a data set as it is offered for download, each once: in a folder, or in a tar
 * archive, plain or packed with gzip, which is read in one pass. One folder may lie above them.
 *
 * @param source the folder or archive
 * @param title of the data set, for messages
 * @param advice for a message about a file that is missing or cannot be read
 */
record DownloadedFiles(Path source, String title, String advice) {
  private static final int BUFFER = 1 << 18;

  /** No longer list is read, in bytes. */
  private static final long MOST_TEXT = 1 << 20;

  private static final String BYTE_ORDER_MARK = "\uFEFF";

  /** Takes one of the files; the stream ends with it. */
  @FunctionalInterface
  interface Visitor {
    /** What a file is good for. */
    void visit(String name, long size, InputStream content) throws IOException;
  }

  /** Whether the source is a file. */
  boolean isArchive() {
    return Files.isRegularFile(source);
  }

  /**
   * Reads files, those of a folder in the order of their names here, those of an archive in its
   * order.
   *
   * @throws UsageError if one is missing or cannot be read
   */
  void visit(Collection<String> names, Visitor visitor) {
    if (isArchive()) {
      visitArchive(names, visitor);
    } else {
      for (String name : names) {
        try (InputStream in =
            new BufferedInputStream(Files.newInputStream(requireFile(name)), BUFFER)) {
          Published.check(name, size(name), shown(name));
          visitor.visit(name, size(name), in);
        } catch (IOException e) {
          throw unreadable(name, e);
        }
      }
    }
  }

  private void visitArchive(Collection<String> names, Visitor visitor) {
    Set<String> missing = new HashSet<>(names);
    String at = "";
    try (TarReader tar = TarReader.open(source)) {
      for (Optional<TarReader.Entry> next = tar.next(); next.isPresent(); next = tar.next()) {
        at = next.get().name();
        if (missing.contains(at) && next.get().isNearTop()) {
          missing.remove(at);
          Published.check(at, next.get().size(), shown(at));
          visitor.visit(at, next.get().size(), tar.content());
        }
      }
    } catch (IOException e) {
      throw unreadableArchive(at, e);
    }
    for (String name : names) {
      if (missing.contains(name)) {
        throw unreadable(name, new NoSuchFileException(name));
      }
    }
  }

  UsageError unreadableArchive(String at, IOException e) {
    return UsageError.in("read images")
        .because("the tar archive %s cannot be read", source)
        .value("reason", Folder.shown(ReadFailure.reason(e)))
        .value("at", at.isEmpty() ? "its begin" : Folder.shown(at))
        .maybe("it was not downloaded to its end, or is damaged.");
  }

  /** How a file is called in messages. */
  String shown(String name) {
    return isArchive() ? name + " in " + source : source.resolve(name).toString();
  }

  private Path requireFile(String name) throws IOException {
    size(name);
    return source.resolve(name);
  }

  private long size(String name) throws IOException {
    BasicFileAttributes file =
        Files.readAttributes(source.resolve(name), BasicFileAttributes.class);
    if (!file.isRegularFile()) {
      throw new IOException("it is not a regular file");
    }
    return file.size();
  }

  /** The path of a file of a folder. */
  Path path(String name) {
    try {
      return requireFile(name);
    } catch (IOException e) {
      throw unreadable(name, e);
    }
  }

  UsageError unreadable(String name, IOException e) {
    return UsageError.in("read images")
        .because("the %s file %s cannot be read", title, shown(name))
        .value("reason", ReadFailure.reason(e))
        .maybe("%s", advice);
  }

  /**
   * The number of records in a file.
   *
   * @throws UsageError if there is none or the last one is not whole
   */
  int records(String name, long size, int recordBytes) {
    if (size == 0 || size % recordBytes != 0 || size / recordBytes > Integer.MAX_VALUE - 8) {
      throw UsageError.in("read images")
          .because("%s has a wrong length", shown(name))
          .value("has", String.format(Locale.ROOT, "%,d bytes", size))
          .value("needs", String.format(Locale.ROOT, "a multiple of %,d bytes", recordBytes))
          .maybe("the file was not copied to its end, or is of the other %s.", title);
    }
    return (int) (size / recordBytes);
  }

  /**
   * Names, one on a line of UTF-8, at most 1 MB of them; a byte-order mark before the first is not
   * part of it.
   */
  ImmutableList<String> lines(String name, long size, InputStream in) throws IOException {
    if (size > MOST_TEXT) {
      throw UsageError.in("read images")
          .because("%s is too long for a list of class names", shown(name))
          .value("has", String.format(Locale.ROOT, "%,d bytes", size))
          .value("limit", String.format(Locale.ROOT, "%,d bytes", MOST_TEXT))
          .error();
    }
    try {
      String text =
          UTF_8.newDecoder().decode(ByteBuffer.wrap(in.readNBytes((int) size))).toString();
      return (text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text)
          .lines()
          .map(String::strip)
          .filter(line -> !line.isEmpty())
          .collect(ImmutableList.toImmutableList());
    } catch (CharacterCodingException e) {
      throw UsageError.in("read images")
          .because("the class names in %s are not UTF-8", shown(name))
          .maybe("save the list anew in UTF-8.");
    }
  }
}
