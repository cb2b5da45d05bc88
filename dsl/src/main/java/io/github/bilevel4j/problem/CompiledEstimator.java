package io.github.bilevel4j.problem;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import java.util.function.Supplier;

/**
 * The inner solution and the hypergradient of one problem as expressions. They hold their values
 * after {@link #prepare} has run for the same feed; the outer step is then made of them.
 *
 * <p>{@link #formula}, {@link #reasons}, {@link #stages} and {@link #kept} are what an explanation
 * of the solver tells of the estimator.
 */
public interface CompiledEstimator {

  /**
   * A program that {@link #prepare} runs.
   *
   * @param runs how often in one outer step, at most
   */
  record Stage(Role role, Program program, int runs) {}

  /** What a program is for. */
  enum Role {
    /** One step of the inner solver. */
    INNER_STEP,
    /** Iterations of a linear solver. */
    LINEAR_SOLVE,
    /** Anything else. */
    OTHER
  }

  /**
   * Solves what has to be solved before the outer step, and reports on it by name.
   *
   * @param feed for everything but the inner steps
   * @param innerFeeds one for each inner step, if they have programs of their own
   * @throws IllegalStateException if it cannot go on; {@link #restore} then undoes what it did
   */
  ImmutableMap<String, Double> prepare(Feed feed, Supplier<Feed> innerFeeds);

  /**
   * Puts all variables back to where they were before {@link #prepare}; not the estimator's own.
   */
  void restore();

  /** The programs that {@link #prepare} runs; without any, several outer steps can be one run. */
  ImmutableList<Stage> stages();

  /** The inner solution. */
  Vector innerSolution();

  /** The derivative of the outer objective at the inner solution by the outer variables. */
  Vector hypergradient();

  /** What else the outer step reports; nothing by default. */
  default ImmutableMap<String, Expr> outputs() {
    return ImmutableMap.of();
  }

  /** What else the outer step assigns; nothing by default. */
  default ImmutableList<Update> updates() {
    return ImmutableList.of();
  }

  /**
   * The variables that keep what products with second derivatives share, activations for instance,
   * each assigned in every step before it is read: they are no state. None by default.
   */
  default ImmutableSet<Expr> kept() {
    return ImmutableSet.of();
  }

  /** The formula of the hypergradient in a line; by default that it is the estimator's own. */
  default String formula() {
    return "the estimator's own";
  }

  /** Why it is computed so, a sentence each, where something was chosen; empty by default. */
  default ImmutableList<String> reasons() {
    return ImmutableList.of();
  }
}
