package io.github.bilevel4j.examples.fuzz;

import java.util.List;

/** What random cases are made for. A case is a function of its seed. */
public interface Target {
  /**
   * The outcome of each case.
   *
   * @param seeds of the cases, which may be computed together
   */
  List<Outcome> run(List<Long> seeds);

  /** The case of a seed for a reader. */
  String text(long seed);
}
