package io.github.bilevel4j.run;

import com.google.common.collect.ImmutableMap;

/** Shows how far a loop is. */
@FunctionalInterface
public interface Progress {

  /**
   * Begins to show a loop.
   *
   * @param made the number of steps that were made before
   * @param steps the number of all steps
   */
  Bar start(String name, int made, int steps);

  /** A loop being shown. */
  interface Bar extends AutoCloseable {

    /** One more step was made. */
    void advance(ImmutableMap<String, Double> measurements);

    @Override
    void close();
  }

  /** Shows nothing. */
  static Progress none() {
    return (name, made, steps) -> new QuietBar();
  }

  /** Shows nothing. */
  final class QuietBar implements Bar {
    private QuietBar() {}

    @Override
    public void advance(ImmutableMap<String, Double> measurements) {}

    @Override
    public void close() {}
  }
}
