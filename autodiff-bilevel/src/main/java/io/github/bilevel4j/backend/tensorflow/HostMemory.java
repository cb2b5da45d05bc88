package io.github.bilevel4j.backend.tensorflow;

import io.github.bilevel4j.check.ResidentSet;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryType;
import java.util.Optional;
import java.util.function.IntToLongFunction;

/**
 * What a process holds on a processor besides arrays: Java's heap, libraries, and TensorFlow's
 * graph.
 */
final class HostMemory {
  /** Bytes of an operation in graphs, executors and kernels: 9 to 12 KB were measured. */
  private static final long OPERATION = 11L << 10;

  /** Bytes of kernels' code, threads, and what steps hold besides arrays: 80 to 110 MB. */
  private static final long FIRST_RUNS = 100L << 20;

  /** One part in so many of a region is the allocator's metadata: 8 bytes for each 256. */
  private static final int METADATA = 32;

  private static Optional<HostMemory> measured = Optional.empty();

  private final long libraries;

  /** What TensorFlow's allocator gives to one engine it takes back, and gives to the next. */
  private final DeviceMemory arrays = new DeviceMemory();

  private HostMemory(long libraries) {
    this.libraries = libraries;
  }

  /**
   * That of this process as it was at the first call, which is to come before there are arrays on
   * the device: later the process holds memory that TensorFlow has taken for some, and uses again.
   */
  static synchronized HostMemory measured() {
    if (measured.isEmpty()) {
      long resident = ResidentSet.now().orElse(0) + untouchedHeap();
      measured = Optional.of(new HostMemory(Math.max(0, resident - heap())));
    }
    return measured.get();
  }

  /** Where the arrays of one engine lie, among those of others. */
  DeviceMemory arrays() {
    return arrays.shared();
  }

  /**
   * The bytes when as many operations as are asked for are added to those in the graph. Java's
   * garbage is collected first: most of what compiling takes is of no use any more.
   *
   * @param present operations in the graph
   * @param region bytes of the allocator's
   */
  IntToLongFunction beside(int present, long region) {
    System.gc();
    long used = heap() - untouchedHeap();
    long seen = ResidentSet.now().orElse(0) - used - arrays.touched() - region / METADATA;
    long expected = libraries + OPERATION * present + FIRST_RUNS;
    long now = heap() + Math.max(arrays.hasRun() ? seen : seen + FIRST_RUNS, expected);
    return added -> now + OPERATION * added;
  }

  /** What is left of a region by the allocator. */
  static long within(long region) {
    return region - region / METADATA;
  }

  /** The region of which so much is left. */
  static long regionOf(long bytes) {
    return bytes + bytes / (METADATA - 1);
  }

  private static long heap() {
    return Runtime.getRuntime().totalMemory();
  }

  /** The part of Java's heap that was never in use, and so need not be resident. */
  private static long untouchedHeap() {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
        .filter(pool -> pool.getType() == MemoryType.HEAP)
        .mapToLong(
            pool -> Math.max(0, pool.getUsage().getCommitted() - pool.getPeakUsage().getUsed()))
        .sum();
  }
}
