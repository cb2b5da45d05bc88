package io.github.bilevel4j.solver;

import com.google.common.collect.ImmutableSet;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import java.util.List;

/** What is asked of the micro-batches of a step. */
record MicroBatches(String problem, ImmutableSet<Expr> inputs) {
  static MicroBatches of(String problem, List<Program> programs) {
    return new MicroBatches(
        problem,
        programs.stream()
            .flatMap(program -> program.inputs().stream())
            .collect(ImmutableSet.toImmutableSet()));
  }

  /**
   * Refuses feeds that do not suit.
   *
   * @throws IllegalArgumentException if there is none, or one has an input that nothing uses
   */
  void require(List<Feed> feeds) {
    if (feeds.isEmpty()) {
      throw UsageError.in("solve \"" + problem + "\"")
          .because("there is no micro-batch")
          .maybe("a list of one feed was meant.");
    }
    for (Feed feed : feeds) {
      for (String unused : feed.namesOutside(inputs)) {
        throw UsageError.in("solve \"" + problem + "\"")
            .because("the value fed to \"%s\" is not used", unused)
            .maybe("it belongs to another problem.");
      }
    }
  }
}
