package io.github.bilevel4j.data;

import io.github.bilevel4j.check.Heap;
import java.io.IOException;
import java.util.List;

/** A file or folder of a data set, on a disk or in an archive. */
interface FileNode {
  /** The largest file that is read, in bytes. */
  long MOST_BYTES = 1 << 28;

  /** A file is in memory as it is, and reduced to what describes its samples, while that grows. */
  int COPIES = 3;

  /** The last element of its path. */
  String name();

  boolean isFolder();

  /** Whether nothing can be known about it, as of a link that leads nowhere. */
  default boolean isLost() {
    return false;
  }

  /** What is wrong with it as far as can be told without opening it, or empty. */
  default String fault() {
    return "";
  }

  /** The size of a file in bytes, as its directory tells it. */
  default long size() {
    return 0;
  }

  /** What is in a folder, in any order. */
  default List<FileNode> children() throws IOException {
    return List.of();
  }

  /** The content of a file. */
  byte[] bytes() throws IOException;

  /** Fails if a file of this size is beyond the limit or the memory. */
  static void requireReadable(long size) throws IOException {
    if (size > MOST_BYTES) {
      throw new IOException(
          "the file has %s, the limit is %s"
              .formatted(Heap.megabytes(size), Heap.megabytes(MOST_BYTES)));
    }
    if (Heap.lacks(COPIES * size)) {
      throw new IOException(
          "the file needs %s; Java has %s"
              .formatted(Heap.megabytes(COPIES * size), Heap.megabytes(Heap.free())));
    }
  }
}
