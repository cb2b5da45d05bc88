package io.github.bilevel4j.data;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;

/**
 * A file of records of one length, mapped into memory in pieces of at most 1 GB, each of whole
 * records: one mapping ends at 2 GB. Safe for use by several threads.
 */
final class MappedRecords {
  private static final int MOST_PIECE = 1 << 30;

  private final MappedByteBuffer[] pieces;
  private final int recordBytes;
  private final int count;
  private final int perPiece;

  private MappedRecords(MappedByteBuffer[] pieces, int recordBytes, int count, int perPiece) {
    this.pieces = pieces;
    this.recordBytes = recordBytes;
    this.count = count;
    this.perPiece = perPiece;
  }

  /** Maps a file. */
  static MappedRecords of(Path path, int recordBytes) throws IOException {
    return of(path, 0, recordBytes, MOST_PIECE / recordBytes);
  }

  /**
   * Maps a file.
   *
   * @param begin where the first record begins
   * @param perPiece the number of records that are mapped together
   */
  static MappedRecords of(Path path, long begin, int recordBytes, int perPiece) throws IOException {
    try (FileChannel file = FileChannel.open(path)) {
      long count = (file.size() - begin) / recordBytes;
      MappedByteBuffer[] pieces = new MappedByteBuffer[(int) ((count + perPiece - 1) / perPiece)];
      for (int i = 0; i < pieces.length; i++) {
        long first = (long) i * perPiece;
        long records = Math.min(perPiece, count - first);
        pieces[i] = file.map(MapMode.READ_ONLY, begin + first * recordBytes, records * recordBytes);
      }
      return new MappedRecords(pieces, recordBytes, Math.toIntExact(count), perPiece);
    }
  }

  int count() {
    return count;
  }

  /** Reads a record. */
  void copy(int index, byte[] record) {
    pieces[index / perPiece].get(index % perPiece * recordBytes, record, 0, recordBytes);
  }
}
