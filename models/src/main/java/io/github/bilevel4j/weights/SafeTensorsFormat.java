package io.github.bilevel4j.weights;

import static com.google.common.collect.ImmutableMap.toImmutableMap;

import com.google.common.collect.ImmutableMap;
import com.google.common.io.Closer;
import io.github.bilevel4j.check.UsageError;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** The safetensors format: the header's length, the header, the numbers. */
final class SafeTensorsFormat {
  private static final int LENGTH_BYTES = Long.BYTES;
  private static final long LONGEST_HEADER = 100_000_000;

  /** What a byte of the header takes while it is read, at most: {} in a list takes 84 bytes. */
  private static final int HEADER_FACTOR = 34;

  private SafeTensorsFormat() {}

  /**
   * Reads the header.
   *
   * @throws UsageError if it is broken or of another format, or does not fit into memory
   */
  static WeightsFile.Content content(Path file, FileChannel channel, Closer resources)
      throws IOException {
    long size = channel.size();
    long headerSize =
        size < LENGTH_BYTES ? -1 : WeightsFile.filled(channel, 0, LENGTH_BYTES).getLong();
    if (headerSize < 0 || headerSize > Math.min(LONGEST_HEADER, size - LENGTH_BYTES)) {
      throw MalformedFile.at(file, "the file of %d bytes has no whole header", size);
    }
    WeightsFile.requireMemory(file, "the header", HEADER_FACTOR * headerSize);
    long dataStart = LENGTH_BYTES + headerSize;
    byte[] text = WeightsFile.filled(channel, LENGTH_BYTES, (int) headerSize).array();
    Header header = Header.parse(file, text, size - dataStart);
    ImmutableMap<String, StoredTensor> tensors =
        header.entries().stream()
            .map(
                entry ->
                    StoredTensor.contiguous(
                        entry.name(),
                        entry.type(),
                        entry.dims(),
                        new ChannelBytes(
                            channel,
                            dataStart + entry.begin(),
                            entry.end() - entry.begin(),
                            ByteOrder.LITTLE_ENDIAN)))
            .collect(toImmutableMap(StoredTensor::name, tensor -> tensor));
    return new WeightsFile.Content(
        "safetensors", "", tensors, ImmutableMap.of(), header.metadata());
  }
}
