package io.github.bilevel4j.examples.bench;

import com.google.common.util.concurrent.Uninterruptibles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalDouble;

/** The resident set of this process, natives included, where Linux tells it. */
final class ResidentMemory {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Path CLEAR = Path.of("/proc/self/clear_refs");
  private static final String RESET_PEAK = "5";

  private static final Duration PAUSE = Duration.ofMillis(100);
  private static final int PATIENCE = 20;

  private final OptionalDouble before;

  private ResidentMemory(OptionalDouble before) {
    this.before = before;
  }

  /** Begins to watch: what the process holds now is not counted. */
  static ResidentMemory watched() {
    System.gc();
    settle();
    try {
      Files.writeString(CLEAR, RESET_PEAK);
      return new ResidentMemory(mebibytes("VmRSS"));
    } catch (IOException e) {
      return new ResidentMemory(OptionalDouble.empty());
    }
  }

  /** The collector gives memory back to the system in the background. */
  private static void settle() {
    double last = Double.POSITIVE_INFINITY;
    double now = mebibytes("VmRSS").orElse(0);
    for (int i = 0; i < PATIENCE && now < last; i++) {
      Uninterruptibles.sleepUninterruptibly(PAUSE);
      last = now;
      now = mebibytes("VmRSS").orElse(0);
    }
  }

  /**
   * The most memory above that at the beginning, in MiB. A lower bound: memory that was freed
   * before is used again.
   */
  OptionalDouble peak() {
    OptionalDouble peak = mebibytes("VmHWM");
    return before.isPresent() && peak.isPresent()
        ? OptionalDouble.of(Math.max(0, peak.getAsDouble() - before.getAsDouble()))
        : OptionalDouble.empty();
  }

  private static OptionalDouble mebibytes(String name) {
    try {
      return Files.readAllLines(STATUS).stream()
          .filter(line -> line.startsWith(name + ":"))
          .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")) / 1024)
          .findFirst();
    } catch (IOException e) {
      return OptionalDouble.empty();
    }
  }
}
