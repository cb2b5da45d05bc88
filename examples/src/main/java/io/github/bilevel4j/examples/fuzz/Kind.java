package io.github.bilevel4j.examples.fuzz;

/** What cases can be made for. */
public enum Kind {
  /** {@link Expressions}. */
  EXPRESSIONS(64),
  /** {@link Readers}. */
  READERS(256);

  private final int batch;

  Kind(int batch) {
    this.batch = batch;
  }

  /** How many cases are computed together. */
  int batch() {
    return batch;
  }

  /** The seed of a case of this kind: that {@link #of} tells it from the seed. */
  long seed(long bits) {
    return this == EXPRESSIONS ? bits & ~1 : bits | 1;
  }

  /** The kind of a case. */
  public static Kind of(long seed) {
    return (seed & 1) == 0 ? EXPRESSIONS : READERS;
  }

  /** All of it. */
  public Target target() {
    return this == EXPRESSIONS ? Expressions.all() : Readers.all();
  }
}
