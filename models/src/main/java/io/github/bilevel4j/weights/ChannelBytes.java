package io.github.bilevel4j.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;

/** Bytes of a file from a place on. */
record ChannelBytes(FileChannel channel, long begin, long size, ByteOrder order)
    implements StoredTensor.Bytes {

  @Override
  public void read(long position, ByteBuffer buffer) throws IOException {
    WeightsFile.fill(channel, begin + position, buffer.order(order));
  }
}
