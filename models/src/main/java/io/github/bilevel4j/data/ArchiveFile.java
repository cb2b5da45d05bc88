package io.github.bilevel4j.data;

import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** A file in a ZIP archive. */
record ArchiveFile(ZipFile zip, String name, ZipEntry entry) implements FileNode {
  @Override
  public boolean isFolder() {
    return false;
  }

  /** The extra field for large files may tell any number. */
  @Override
  public long size() {
    return entry.getSize() < 0 ? Long.MAX_VALUE : entry.getSize();
  }

  /** The length and the checksum that the archive tells are checked; {@link ZipFile} does not. */
  @Override
  public byte[] bytes() throws IOException {
    FileNode.requireReadable(size());
    try (InputStream in = zip.getInputStream(entry)) {
      byte[] content = in.readNBytes((int) size());
      if (content.length < size() || in.read() >= 0) {
        throw new IOException("its length in the archive is wrong");
      }
      CRC32 checksum = new CRC32();
      checksum.update(content);
      if (checksum.getValue() != entry.getCrc()) {
        throw new IOException("its checksum in the archive is wrong");
      }
      return content;
    }
  }
}
