package io.github.bilevel4j.examples.bench;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;

/**
 * Several runs of one thing.
 *
 * @param wall seconds that passed
 * @param processor seconds of processor time of all threads of this process, on average: the clock
 *     ticks every 10 ms only
 */
public record Measured(Timing wall, double processor) {

  /**
   * How long to go on measuring.
   *
   * @param runs at least so many
   * @param seconds until so many seconds have passed, but not more than 10,000 runs for it
   */
  public record Effort(int runs, double seconds) {
    private static final int MOST = 10_000;

    private boolean isEnough(int made, double passed) {
      return made >= runs && (passed >= seconds || made >= MOST);
    }
  }

  /** Runs a thing again and again after some runs that are not measured. */
  static Measured of(int before, Effort effort, Runnable thing) {
    for (int run = 0; run < before; run++) {
      thing.run();
    }
    List<Double> wall = new ArrayList<>();
    long busy = processorTime();
    long begin = System.nanoTime();
    while (!effort.isEnough(wall.size(), (System.nanoTime() - begin) / 1e9)) {
      long start = System.nanoTime();
      thing.run();
      wall.add((System.nanoTime() - start) / 1e9);
    }
    return new Measured(Timing.of(wall), (processorTime() - busy) / 1e9 / wall.size());
  }

  /** Nanoseconds of processor time of all threads of this process. */
  static long processorTime() {
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean system
        ? system.getProcessCpuTime()
        : 0;
  }
}
