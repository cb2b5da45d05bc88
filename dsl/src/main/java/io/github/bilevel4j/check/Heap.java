package io.github.bilevel4j.check;

import java.util.Locale;

/** What Java's heap can still take, for readers that know how much they will need. */
public final class Heap {
  /** The share of the heap that no single plan may fill: memory is not free in one piece. */
  private static final int SPARE_SHARE = 16;

  private Heap() {}

  /** The bytes that are free, or would be if the heap grew as far as it may. */
  public static long free() {
    Runtime java = Runtime.getRuntime();
    return java.maxMemory() - (java.totalMemory() - java.freeMemory());
  }

  /** Whether so many bytes cannot be had, after a garbage collection if they seem not to be. */
  public static boolean lacks(long bytes) {
    if (isWithin(bytes, free())) {
      return false;
    }
    if (isWithin(bytes, Runtime.getRuntime().maxMemory())) {
      System.gc();
    }
    return !isWithin(bytes, free());
  }

  private static boolean isWithin(long bytes, long free) {
    return bytes <= free - free / SPARE_SHARE;
  }

  /** A number of bytes for a message, in megabytes of 2^20 bytes, rounded up. */
  public static String megabytes(long bytes) {
    return String.format(Locale.ROOT, "%,d MB", -Math.floorDiv(-bytes, 1L << 20));
  }
}
