package io.github.bilevel4j.solver;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Feed;

/** Makes one step after another towards the solution of a problem. */
public interface Solver {

  /**
   * One step: moves the variables and returns what was measured, by name: the terms of each
   * objective before the move, then what the method says of itself.
   *
   * @throws IllegalArgumentException if the feed lacks an input or has one that nothing uses, or
   *     another thread is using the engine
   * @throws IllegalStateException if the method cannot go on, with advice
   */
  ImmutableMap<String, Double> step(Feed feed);
}
