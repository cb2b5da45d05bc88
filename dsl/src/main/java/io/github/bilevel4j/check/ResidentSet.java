package io.github.bilevel4j.check;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/** The memory that this process holds, native libraries' included, where Linux tells it. */
public final class ResidentSet {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Path CLEAR = Path.of("/proc/self/clear_refs");
  private static final String RESET_PEAK = "5";

  private ResidentSet() {}

  /** The bytes that it holds. */
  public static OptionalLong now() {
    return bytes("VmRSS:");
  }

  /** The most bytes that it held since its start or {@link #resetPeak()}. */
  public static OptionalLong peak() {
    return bytes("VmHWM:");
  }

  /** Begins to watch the peak anew; whether the system allows it. */
  public static boolean resetPeak() {
    try {
      Files.writeString(CLEAR, RESET_PEAK);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static OptionalLong bytes(String row) {
    try {
      return Files.readAllLines(STATUS).stream()
          .filter(line -> line.startsWith(row))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
          .findFirst();
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }
}
