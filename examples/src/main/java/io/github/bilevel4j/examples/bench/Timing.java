package io.github.bilevel4j.examples.bench;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import java.util.Collection;
import java.util.Map;

/** Wall times of several runs of one thing, in seconds. */
public record Timing(ImmutableList<Double> seconds) {

  /**
   * Runs each of several things so many times, by turns, so that a disturbance of the machine
   * befalls all of them. One turn before is not measured.
   */
  public static ImmutableMap<String, Timing> byTurns(int runs, Map<String, Runnable> things) {
    ImmutableListMultimap.Builder<String, Double> times = ImmutableListMultimap.builder();
    things.values().forEach(Runnable::run);
    for (int run = 0; run < runs; run++) {
      things.forEach((name, thing) -> times.put(name, seconds(thing)));
    }
    return ImmutableMap.copyOf(Maps.transformValues(times.build().asMap(), Timing::of));
  }

  static Timing of(Collection<Double> seconds) {
    return new Timing(ImmutableList.sortedCopyOf(seconds));
  }

  private static double seconds(Runnable thing) {
    long start = System.nanoTime();
    thing.run();
    return (System.nanoTime() - start) / 1e9;
  }

  /** The time that half of the runs did not exceed; the mean of the middle two if need be. */
  public double median() {
    int size = seconds.size();
    return (seconds.get((size - 1) / 2) + seconds.get(size / 2)) / 2;
  }

  /** The shortest. */
  public double fastest() {
    return seconds.get(0);
  }

  /** The longest. */
  public double slowest() {
    return seconds.get(seconds.size() - 1);
  }
}
