package io.github.bilevel4j.weights;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.io.Closer;
import io.github.bilevel4j.check.Heap;
import io.github.bilevel4j.check.UsageError;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * PyTorch's format since 1.6: a ZIP archive of {@code ROOT/data.pkl}, the storages {@code
 * ROOT/data/KEY} and {@code ROOT/byteorder}, which is little without that entry.
 */
final class TorchZip {
  private static final String PICKLE = "data.pkl";

  /** What an entry may be unpacked to: so many times the file's size and bytes more. */
  private static final int LARGEST_FACTOR = 2;

  private static final long LARGEST_MORE = 16L << 20;

  private final Path file;
  private final long size;
  private final ZipFile zip;
  private final String root;

  private TorchZip(Path file, long size, ZipFile zip, String root) {
    this.file = file;
    this.size = size;
    this.zip = zip;
    this.root = root;
  }

  static WeightsFile.Content content(Path file, FileChannel channel, Closer resources)
      throws IOException {
    // Not a ZipInputStream: it refuses entries that are stored with their size behind them.
    ZipFile zip = resources.register(new ZipFile(file.toFile()));
    List<String> names;
    try {
      names =
          zip.stream()
              .map(ZipEntry::getName)
              .filter(name -> name.endsWith("/" + PICKLE) || name.endsWith("constants.pkl"))
              .limit(3)
              .toList();
    } catch (IllegalArgumentException e) {
      throw new IOException("a comment in the archive is not in UTF-8", e);
    }
    if (names.stream().anyMatch(name -> name.endsWith("constants.pkl"))) {
      throw UsageError.in("read weights")
          .because("%s is a TorchScript program", file)
          .maybe("save its weights in Python: torch.save(torch.jit.load(f).state_dict(), f2).");
    }
    if (names.size() != 1) {
      throw UsageError.in("read weights")
          .because(
              "%s is a ZIP archive with %s %s", file, names.isEmpty() ? "no" : "several", PICKLE)
          .maybe("it is no file of PyTorch's torch.save.");
    }
    String root = names.get(0).substring(0, names.get(0).length() - PICKLE.length());
    return new TorchZip(file, channel.size(), zip, root).content();
  }

  private WeightsFile.Content content() throws IOException {
    ByteOrder order =
        zip.getEntry(root + "byteorder") != null
                && new String(whole("byteorder", Long.BYTES), UTF_8).equals("big")
            ? ByteOrder.BIG_ENDIAN
            : ByteOrder.LITTLE_ENDIAN;
    byte[] pickle = whole(PICKLE, TorchContent.LONGEST_PICKLE);
    Object object = Unpickler.read(file, ByteBuffer.wrap(pickle), size).value();
    return new TorchContent(file, "PyTorch (ZIP)", key -> storage("data/" + key, order)).of(object);
  }

  private ZipEntry entry(String name, long largest) {
    ZipEntry entry = zip.getEntry(root + name);
    if (entry == null) {
      throw UsageError.in("read weights")
          .because("the archive has no entry \"%s\"", Header.shown(root + name))
          .value("file", file)
          .maybe("the file was cut short or damaged.");
    }
    if (entry.getSize() > largest) {
      throw UsageError.in("read weights")
          .because(
              "the entry \"%s\" is unpacked to %s, more than are read of an archive of %s",
              Header.shown(root + name), Heap.megabytes(entry.getSize()), Heap.megabytes(size))
          .value("file", file)
          .maybe("the file is damaged, or made to fill the memory.");
    }
    return entry;
  }

  private long largest() {
    return LARGEST_FACTOR * size + LARGEST_MORE;
  }

  private byte[] whole(String name, long largest) throws IOException {
    ZipEntry entry = entry(name, Math.min(largest, largest()));
    WeightsFile.requireMemory(file, "the pickle", 2 * entry.getSize());
    try (InputStream in = zip.getInputStream(entry)) {
      byte[] bytes = in.readNBytes((int) entry.getSize());
      if (bytes.length != entry.getSize()) {
        throw new EOFException("the entry " + Header.shown(name) + " is shorter than it says");
      }
      return bytes;
    }
  }

  /** The bytes of a storage, which is opened when it is read. */
  private StoredTensor.Bytes storage(String name, ByteOrder order) {
    ZipEntry entry = entry(name, largest());
    return new StoredTensor.Bytes() {
      private InputStream in = InputStream.nullInputStream();
      private long at = Long.MAX_VALUE;

      @Override
      public void read(long position, ByteBuffer buffer) throws IOException {
        if (position < at) {
          in.close();
          in = zip.getInputStream(entry);
          at = 0;
        }
        in.skipNBytes(position - at);
        byte[] bytes = in.readNBytes(buffer.remaining());
        if (bytes.length < buffer.remaining()) {
          throw new EOFException("the entry " + Header.shown(name) + " ends too early");
        }
        at = position + bytes.length;
        buffer.order(order).put(bytes).flip();
      }

      @Override
      public long size() {
        return entry.getSize();
      }
    };
  }
}
