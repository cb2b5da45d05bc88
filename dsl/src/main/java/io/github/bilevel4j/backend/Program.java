package io.github.bilevel4j.backend;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.expr.Expr;
import java.time.Duration;

/** A compiled step. */
public interface Program {

  /** The step's name. */
  String name();

  /** The inputs that a run must be fed. */
  ImmutableList<Expr> inputs();

  /**
   * Runs the step once: computes all outputs and new values from the variables' present values,
   * then assigns the new values. If anything fails, no variable changes.
   *
   * @throws IllegalArgumentException if the feed is not exactly the step's inputs, or a matrix to
   *     be factorized is not positive definite, or one to be solved with is singular
   * @throws IllegalStateException if the engine is closed or the device fails, for instance for
   *     want of memory
   */
  Results run(Feed feed);

  /** Runs the step once; it has no inputs. */
  default Results run() {
    return run(Feed.none());
  }

  /** Number of nodes that compiling added to the device's graph. */
  int nodeCount();

  /** How long compiling took; the device's own preparation follows at the first run. */
  Duration compileTime();
}
