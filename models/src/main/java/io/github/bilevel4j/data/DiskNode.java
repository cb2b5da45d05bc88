package io.github.bilevel4j.data;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.check.FileNames;
import io.github.bilevel4j.check.Heap;
import io.github.bilevel4j.check.ReadFailure;
import io.github.bilevel4j.check.UsageError;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Locale;

/** A file or folder on a disk; links are followed. */
final class DiskNode implements FileNode {
  /** What a node with its path takes in memory, in bytes, generously. */
  private static final long NODE_BYTES = 600;

  /** What is made of a node later: its name from the top, and sorted lists. */
  private static final long LATER_BYTES = 400;

  private static final int NODES_AT_ONCE = 4096;

  private final Path path;
  private final String name;
  private final DiskNode parent;
  private final boolean isFolder;
  private final long size;
  private final Object identity;

  /** Why it cannot be read, or empty. */
  private final String fault;

  private final boolean isLost;

  /** Of a folder that was listed. */
  private List<FileNode> children;

  private DiskNode(Path path, String name, DiskNode parent) {
    this.path = path;
    this.name = name;
    this.parent = parent;
    BasicFileAttributes found = null;
    String reason = "";
    try {
      found = Files.readAttributes(path, BasicFileAttributes.class);
      if (!found.isDirectory() && !found.isRegularFile()) {
        reason = "it is not a regular file";
      }
    } catch (IOException e) {
      reason = reasonOf(e);
    }
    this.fault = reason;
    this.isLost = found == null;
    this.isFolder = found != null && found.isDirectory();
    this.size = found == null ? 0 : found.size();
    this.identity = isFolder ? found.fileKey() : null;
  }

  /** A folder from which to read. */
  static FileNode top(Path folder) {
    return new DiskNode(folder, "", null);
  }

  private String reasonOf(IOException failure) {
    if (failure instanceof NoSuchFileException && Files.isSymbolicLink(path)) {
      try {
        return "the link leads to %s, which does not exist".formatted(Files.readSymbolicLink(path));
      } catch (IOException e) {
        return ReadFailure.reason(e);
      }
    }
    return ReadFailure.reason(failure);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public boolean isFolder() {
    return isFolder;
  }

  @Override
  public boolean isLost() {
    return isLost;
  }

  @Override
  public String fault() {
    return fault;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public List<FileNode> children() throws IOException {
    if (children == null) {
      children = listed();
    }
    return children;
  }

  private ImmutableList<FileNode> listed() throws IOException {
    ImmutableList.Builder<FileNode> listed = ImmutableList.builder();
    int count = 0;
    try (DirectoryStream<Path> found = Files.newDirectoryStream(path)) {
      for (Path each : found) {
        if (count++ % NODES_AT_ONCE == 0) {
          requireMemory(count);
        }
        DiskNode child = new DiskNode(each, FileNames.name("read images", each), this);
        child.requireNoLoop();
        listed.add(child);
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return listed.build();
  }

  private void requireMemory(int count) {
    if (Heap.lacks(NODES_AT_ONCE * NODE_BYTES + count * LATER_BYTES)) {
      throw UsageError.in("read images")
          .because("the list of files in %s does not fit into memory", path)
          .value("files", String.format(Locale.ROOT, "%,d and more", count))
          .value("Java has", Heap.megabytes(Heap.free()))
          .maybe("give Java more memory with -Xmx.");
    }
  }

  private void requireNoLoop() throws IOException {
    for (DiskNode above = parent; above != null && identity != null; above = above.parent) {
      if (identity.equals(above.identity)) {
        throw new IOException("the link %s leads back to a folder above".formatted(name));
      }
    }
  }

  @Override
  public byte[] bytes() throws IOException {
    if (!fault.isEmpty()) {
      throw new IOException(fault);
    }
    FileNode.requireReadable(size);
    try (InputStream in = Files.newInputStream(path)) {
      return in.readNBytes((int) size);
    } catch (IOException e) {
      throw new IOException(reasonOf(e), e);
    }
  }
}
