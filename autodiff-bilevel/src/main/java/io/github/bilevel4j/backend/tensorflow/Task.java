package io.github.bilevel4j.backend.tensorflow;

import com.google.common.primitives.ImmutableIntArray;

/**
 * An operation of a step, as the planning of memory sees it. Tasks are known by their positions in
 * a list in which inputs come before what uses them.
 *
 * @param inputs the tasks whose results it reads, as often as it does
 * @param after other tasks that it waits for
 * @param bytes of all its results
 * @param scratch bytes that it needs while it runs
 * @param seconds that it may take; only ratios count
 */
record Task(
    Kind kind,
    ImmutableIntArray inputs,
    ImmutableIntArray after,
    long bytes,
    long scratch,
    double seconds) {

  /** What may be done with a result. */
  enum Kind {
    /** It can be freed and computed again. */
    VALUE,
    /** It is the memory of its first input in another shape; further inputs are kept. */
    VIEW,
    /** It stays until the end: it cannot be computed again, or takes no memory of the step. */
    KEPT,
    /** As {@link #KEPT}, and perhaps it does not run at all: nothing may wait for it. */
    CONDITIONAL
  }

  boolean isView() {
    return kind == Kind.VIEW;
  }
}
