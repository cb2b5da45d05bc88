package io.github.bilevel4j.backend;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.expr.Expr;
import java.time.Duration;

/**
 * A compiled step. It stays on the device until its engine is closed, or until it is closed itself:
 * worthwhile for programs that are needed for a while only.
 */
public interface Program extends AutoCloseable {

  /** The step's name. */
  String name();

  /** The inputs that a run must be fed. */
  ImmutableList<Expr> inputs();

  /**
   * Runs the step once: computes all outputs and new values from the variables' present values,
   * then assigns the new values. If anything fails, no variable changes, but {@linkplain Expr#kept
   * kept} values may be gone.
   *
   * @throws IllegalArgumentException if the feed is not exactly the step's inputs, or a kept value
   *     has not been assigned, or a matrix to be factorized is not positive definite, or one to be
   *     solved with is singular, or the program is closed, or another thread is using the engine
   * @throws IllegalStateException if the engine is closed or the device fails, for instance for
   *     want of memory
   */
  Results run(Feed feed);

  /** Runs the step once; it has no inputs. */
  default Results run() {
    return run(Feed.none());
  }

  /** Number of nodes that the step adds to the device's graph, as far as that is planned. */
  int nodeCount();

  /** How long compiling took; the device's own preparation follows at the first run. */
  Duration compileTime();

  /**
   * Releases the program, also for others to whom the engine gave it for an equal step: it cannot
   * run any more, and compiling the step again makes a new one. Closing it again does nothing.
   *
   * <p>Variables keep their values. Their memory, too, is freed once no other program mentions them
   * and the caller has dropped every reference to them.
   */
  @Override
  void close();
}
