package io.github.bilevel4j.backend.tensorflow;

import java.util.Comparator;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Where TensorFlow's allocator would place arrays in one endless region: best fit with coalescing
 * (Lea 1996). An array gets the smallest free chunk that is large enough, of equal ones the first.
 * The rest of the chunk becomes a chunk of its own only if it is as large as the array, or at least
 * 128 MB; so up to half of a chunk may lie idle. Free neighbors become one chunk.
 *
 * <p>Small arrays are left to the system, as on a processor: they are counted, not placed.
 */
final class BestFitAllocator {
  private static final long ALIGNMENT = 1 << 8;

  /** Arrays of fewer bytes are left to the system. */
  static final long SMALL = 1 << 18;

  private static final long LARGEST_IDLE_REST = 128L << 20;
  private static final long UNPLACED = -1;

  /** A part of the region; of a small array its bytes alone. */
  record Chunk(long start, long bytes) {
    long end() {
      return start + bytes;
    }
  }

  private final NavigableMap<Long, Chunk> freeByStart;
  private final NavigableSet<Chunk> freeBySize =
      new TreeSet<>(Comparator.comparingLong(Chunk::bytes).thenComparingLong(Chunk::start));
  private long small;
  private long mostSmall;
  private long end;

  private BestFitAllocator(Map<Long, Chunk> free, long small, long mostSmall, long end) {
    this.freeByStart = new TreeMap<>(free);
    freeBySize.addAll(free.values());
    this.small = small;
    this.mostSmall = mostSmall;
    this.end = end;
  }

  /** With nothing in it. */
  BestFitAllocator() {
    this(Map.of(0L, new Chunk(0, Long.MAX_VALUE)), 0, 0, 0);
  }

  /** Another one that places arrays as this one would from here on. */
  BestFitAllocator copy() {
    return new BestFitAllocator(freeByStart, small, mostSmall, end);
  }

  /** The bytes of the region's part that ever held an array, and the most of small arrays. */
  long touched() {
    return end + mostSmall;
  }

  Chunk allocate(long bytes) {
    if (bytes < SMALL) {
      small += bytes;
      mostSmall = Math.max(mostSmall, small);
      return new Chunk(UNPLACED, bytes);
    }
    long needed = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    Chunk chunk = freeBySize.ceiling(new Chunk(0, needed));
    remove(chunk);
    end = Math.max(end, chunk.start() + needed);
    long rest = chunk.bytes() - needed;
    if (rest < needed && rest < LARGEST_IDLE_REST) {
      return chunk;
    }
    add(new Chunk(chunk.start() + needed, rest));
    return new Chunk(chunk.start(), needed);
  }

  void free(Chunk chunk) {
    if (chunk.start() == UNPLACED) {
      small -= chunk.bytes();
      return;
    }
    Chunk joined = chunk;
    Map.Entry<Long, Chunk> before = freeByStart.lowerEntry(chunk.start());
    if (before != null && before.getValue().end() == chunk.start()) {
      remove(before.getValue());
      joined = new Chunk(before.getKey(), before.getValue().bytes() + joined.bytes());
    }
    Chunk after = freeByStart.get(chunk.end());
    if (after != null) {
      remove(after);
      joined = new Chunk(joined.start(), joined.bytes() + after.bytes());
    }
    add(joined);
  }

  private void add(Chunk chunk) {
    freeByStart.put(chunk.start(), chunk);
    freeBySize.add(chunk);
  }

  private void remove(Chunk chunk) {
    freeByStart.remove(chunk.start());
    freeBySize.remove(chunk);
  }
}
