package io.github.bilevel4j.solver;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.expr.Variables;

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

  /**
   * All variables that a step reads or assigns: parameters, optimizers' memory, counters, averages,
   * inner variables, warm starts. With their values and the same feeds the steps to come are the
   * same, to the bit. The keys follow from the problem alone.
   *
   * <p>By default none: what a solver keeps elsewhere cannot be put back.
   */
  default Variables state() {
    return Variables.none();
  }

  /**
   * The learning rates of a step, by name; of an inner level that begins anew in every step, those
   * of its first one. By default none.
   *
   * @param step counted from zero
   */
  default ImmutableMap<String, Double> learningRates(int step) {
    return ImmutableMap.of();
  }
}
