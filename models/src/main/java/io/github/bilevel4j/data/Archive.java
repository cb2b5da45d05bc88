package io.github.bilevel4j.data;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.check.FileNames;
import io.github.bilevel4j.check.Heap;
import io.github.bilevel4j.check.ReadFailure;
import io.github.bilevel4j.check.UsageError;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * A ZIP archive (PKWARE: APPNOTE 6.3) as a tree of files. Names are UTF-8 or, if one is not, those
 * that do not say so are of code page 437. In a name without a slash, backslashes part the folders.
 */
final class Archive implements Closeable {
  /** The beginnings of archives of other kinds. */
  private static final ImmutableMap<String, String> OTHER_KINDS =
      ImmutableMap.of(
          "\u001f\u008b", "gzip",
          "BZh", "bzip2",
          "\u00fd7zXZ", "xz",
          "(\u00b5/\u00fd", "zstd",
          "7z\u00bc\u00af", "7z",
          "Rar!", "RAR");

  private static final String TAR = "ustar";
  private static final int TAR_AT = 257;

  private final Path source;
  private final ZipFile zip;
  private final List<? extends ZipEntry> entries;

  private Archive(Path source, ZipFile zip, List<? extends ZipEntry> entries) {
    this.source = source;
    this.zip = zip;
    this.entries = entries;
  }

  /**
   * Opens a file.
   *
   * @throws UsageError if it is not a ZIP archive, is encrypted or damaged, or its list of entries
   *     does not fit into memory
   */
  static Archive open(Path source) {
    FileNames.requireWhole("read images", source.toString());
    try {
      requireZip(source);
      requireMemory(source);
      return opened(source);
    } catch (IOException e) {
      throw unreadable(source, ReadFailure.reason(e));
    }
  }

  private static Archive opened(Path source) throws IOException {
    try {
      return opened(source, UTF_8);
    } catch (ZipException e) {
      // A name that is not UTF-8; any other fault is met again.
      return opened(source, Charset.forName("IBM437"));
    }
  }

  private static Archive opened(Path source, Charset charset) throws IOException {
    ZipFile zip = new ZipFile(source.toFile(), charset);
    try {
      return new Archive(source, zip, zip.stream().toList());
    } catch (IllegalArgumentException e) {
      // Comments of entries are decoded here, and not looked at before.
      zip.close();
      throw new ZipException("a comment is not in its character set");
    }
  }

  private static UsageError unreadable(Path source, String reason) {
    return UsageError.in("read images")
        .because("%s is neither a folder nor a readable ZIP archive", source)
        .value("reason", reason)
        .maybe(
            "%s",
            reason.contains("encrypted")
                ? "unpack it with its password, and give the folder."
                : "the file is of another kind, or was not copied to its end.");
  }

  private static void requireZip(Path source) throws IOException {
    String begin = begin(source);
    String kind =
        OTHER_KINDS.entrySet().stream()
            .filter(each -> begin.startsWith(each.getKey()))
            .map(Map.Entry::getValue)
            .findFirst()
            .orElse(begin.startsWith(TAR, TAR_AT) ? "tar" : "");
    if (!kind.isEmpty()) {
      throw UsageError.in("read images")
          .because("%s is an archive of the kind %s, not ZIP", source, kind)
          .maybe(
              "unpack it (%s) and give the folder; CIFAR's binary files as cifar10:DIR or"
                  + " cifar100:DIR.",
              kind.equals("7z") || kind.equals("RAR") ? "7z x" : "tar -xf");
    }
  }

  private static String begin(Path source) throws IOException {
    try (InputStream in = Files.newInputStream(source)) {
      return new String(in.readNBytes(TAR_AT + TAR.length()), ISO_8859_1);
    }
  }

  private static void requireMemory(Path source) throws IOException {
    long need = EndRecord.of(source).listMemory();
    if (Heap.lacks(need)) {
      throw new IOException(
          "its list of entries needs %s; Java has %s"
              .formatted(Heap.megabytes(need), Heap.megabytes(Heap.free())));
    }
  }

  /** The folder of all entries. */
  FileNode top() {
    ArchiveFolder top = new ArchiveFolder(zip, "");
    entries.forEach(entry -> add(top, entry));
    return top;
  }

  private void add(ArchiveFolder top, ZipEntry entry) {
    String stored = entry.getName();
    if (stored.indexOf('\0') >= 0) {
      throw badName(stored, "has the character NUL in its name");
    }
    String path = stored.indexOf('/') < 0 ? stored.replace('\\', '/') : stored;
    ArchiveFolder folder = top;
    int depth = 0;
    int from = 0;
    for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', from)) {
      String name = path.substring(from, slash);
      from = slash + 1;
      if (name.equals("..")) {
        throw badName(stored, "has a name that leads out of it");
      } else if (!name.isEmpty() && !name.equals(".")) {
        folder = folder.folder(name);
        depth++;
      }
      if (depth > Folder.MOST_DEPTH) {
        throw badName(stored, "lies more than " + Folder.MOST_DEPTH + " folders deep");
      }
    }
    if (from < path.length() && !folder.add(path.substring(from), entry)) {
      throw badName(stored, "has the same name as another");
    }
  }

  private UsageError badName(String stored, String fault) {
    return UsageError.in("read images")
        .because("an entry of %s %s", source, fault)
        .value("entry", Folder.shown(stored))
        .maybe("pack the pictures anew.");
  }

  @Override
  public void close() throws IOException {
    zip.close();
  }
}
