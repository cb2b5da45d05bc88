package io.github.bilevel4j.data;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** A folder in a ZIP archive, which lists no folders but those in its files' names. */
final class ArchiveFolder implements FileNode {
  private final ZipFile zip;
  private final String name;
  private final Map<String, ArchiveFolder> folders = new HashMap<>();
  private final Map<String, ArchiveFile> files = new HashMap<>();

  ArchiveFolder(ZipFile zip, String name) {
    this.zip = zip;
    this.name = name;
  }

  /** The folder of this name, which is made if it is not there. */
  ArchiveFolder folder(String child) {
    return folders.computeIfAbsent(child, each -> new ArchiveFolder(zip, each));
  }

  /** Adds a file; false if there is one of this name. */
  boolean add(String child, ZipEntry entry) {
    return files.putIfAbsent(child, new ArchiveFile(zip, child, entry)) == null;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public boolean isFolder() {
    return true;
  }

  @Override
  public ImmutableList<FileNode> children() {
    return ImmutableList.<FileNode>builder()
        .addAll(folders.values())
        .addAll(files.values())
        .build();
  }

  @Override
  public byte[] bytes() throws IOException {
    throw new IOException("it is a folder");
  }
}
