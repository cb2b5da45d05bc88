package io.github.bilevel4j.problem;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import java.util.function.Supplier;

/**
 * The inner solution and the hypergradient of one problem as expressions. They hold their values
 * after {@link #prepare} has run for the same feed; the outer step is then made of them.
 */
public interface CompiledEstimator {

  /**
   * Solves what has to be solved before the outer step, and reports on it by name.
   *
   * @param feed for everything but the inner steps
   * @param innerFeeds one for each inner step, if they have programs of their own
   * @throws IllegalStateException if it cannot go on; {@link #restore} then undoes what it did
   */
  ImmutableMap<String, Double> prepare(Feed feed, Supplier<Feed> innerFeeds);

  /** Whether {@link #prepare} has anything to do; if not, several outer steps can be one run. */
  default boolean needsPreparation() {
    return true;
  }

  /** Puts all variables back to where they were before {@link #prepare}; not the estimate's own. */
  void restore();

  /** The programs of the inner steps; empty if the inner steps are part of the outer step. */
  ImmutableList<Program> innerPrograms();

  /** How often {@link #prepare} runs those programs, apart from the inner ones, not run once. */
  default ImmutableMap<Program, Integer> runs() {
    return ImmutableMap.of();
  }

  /** The other programs that {@link #prepare} feeds. */
  ImmutableList<Program> programs();

  /** The inner solution. */
  Vector innerSolution();

  /** The derivative of the outer objective at the inner solution by the outer variables. */
  Vector hypergradient();

  /** What else the outer step reports. */
  ImmutableMap<String, Expr> outputs();

  /** What else the outer step assigns. */
  ImmutableList<Update> updates();
}
