package io.github.bilevel4j.weights;

import com.google.common.io.BaseEncoding;
import com.google.common.io.Closer;
import io.github.bilevel4j.check.UsageError;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * PyTorch's format before 1.6: pickles of a magic number, the protocol 1001, the system, the object
 * and the keys of its storages; then of each storage the number of its elements (8 bytes,
 * little-endian) and the elements.
 */
final class TorchLegacy {
  /** The pickle of the number 0x1950a86a20f9469cfc6c. */
  static final byte[] MAGIC = BaseEncoding.base16().decode("80028A0A6CFC9C46F9206AA85019");

  private TorchLegacy() {}

  static WeightsFile.Content content(Path file, FileChannel channel, Closer resources)
      throws IOException {
    long size = channel.size();
    int pickled = (int) Math.min(TorchContent.LONGEST_PICKLE, size);
    WeightsFile.requireMemory(file, "the pickles", pickled);
    ByteBuffer data = WeightsFile.filled(channel, 0, pickled);
    Unpickler.read(file, data, size);
    Unpickler.read(file, data, size);
    Object system = Unpickler.read(file, data, size).value();
    Unpickler.Content object = Unpickler.read(file, data, size);
    Object keys = Unpickler.read(file, data, size).value();
    boolean isBig = Pickle.get(system, "little_endian").filter(Boolean.FALSE::equals).isPresent();
    Map<String, StoredTensor.Bytes> storages = new HashMap<>();
    long end = data.position();
    for (Object key : keys instanceof List<?> list ? list : List.of()) {
      Pickle.Storage storage = object.storages().get(String.valueOf(key));
      if (storage == null) {
        throw broken(file, "the storage %s has no type".formatted(Header.shown(key.toString())));
      }
      long begin = end + Long.BYTES;
      long count = size < begin ? -1 : WeightsFile.filled(channel, end, Long.BYTES).getLong();
      if (count != storage.count() || count < 0) {
        throw broken(
            file,
            "the storage %s has %d elements of %d"
                .formatted(Header.shown(storage.key()), count, storage.count()));
      }
      int width = storage.type().bits() / Byte.SIZE;
      if (storage.count() > (size - begin) / width) {
        throw broken(file, "it ends within the storage " + Header.shown(storage.key()));
      }
      end = begin + storage.count() * width;
      storages.put(
          storage.key(),
          new ChannelBytes(
              channel,
              begin,
              storage.count() * width,
              isBig ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN));
    }
    if (end != size) {
      throw broken(file, "%d bytes follow the last storage".formatted(size - end));
    }
    return new TorchContent(file, "PyTorch (before 1.6)", storages::get).of(object.value());
  }

  private static UsageError broken(Path file, String reason) {
    return UsageError.in("read weights")
        .because("the file is broken: %s", reason)
        .value("file", file)
        .maybe("it was cut short or damaged.");
  }
}
