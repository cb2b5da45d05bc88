package io.github.bilevel4j.solver;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.Step;
import io.github.bilevel4j.problem.Update;
import java.util.List;
import java.util.Map;

/**
 * Finds which component of the hypergradient or which update is not finite. A step watches all
 * updates by one sum; only when that is not finite does a program of its own look at each.
 */
final class Blame {
  /** The output that is finite if all updates are; it is never reported. */
  private static final String UPDATES = "updates";

  private static final String HYPERGRADIENT = "hypergradient norm";

  private final Program program;

  private Blame(Program program) {
    this.program = program;
  }

  /** A step with one more output: a number that is finite if all updates are. */
  static Step watching(Step step, List<Update> updates) {
    return updates.stream()
        .map(update -> update.value().sum())
        .reduce(Expr::plus)
        .map(sum -> step.output(UPDATES, sum))
        .orElse(step);
  }

  /** Whether something is not finite that a reader could not place. */
  static boolean isDue(Map<String, Double> report) {
    return !Double.isFinite(report.getOrDefault(UPDATES, 0.0))
        || !Double.isFinite(report.getOrDefault(HYPERGRADIENT, 0.0));
  }

  /** The report without the output added by {@link #watching}. */
  static ImmutableMap<String, Double> without(Map<String, Double> report) {
    return ImmutableMap.copyOf(Maps.filterKeys(report, name -> !name.equals(UPDATES)));
  }

  static Blame of(String problem, Vector hypergradient, List<Update> updates, Engine engine) {
    Step step = Step.named(problem + "/not finite");
    for (Map.Entry<String, Expr> component : hypergradient.components().entrySet()) {
      step = step.output("hypergradient of " + component.getKey(), component.getValue().sum());
    }
    for (Update update : updates) {
      step = step.output("update of " + update.variable().name(), update.value().sum());
    }
    return new Blame(engine.compile(step));
  }

  /**
   * A report in which each component and each update stands instead of their sums, after the terms.
   * The state must still be that before the step.
   */
  ImmutableMap<String, Double> insteadIn(Map<String, Double> report, Feed feed) {
    return ImmutableMap.<String, Double>builder()
        .putAll(Maps.filterKeys(without(report), name -> !name.equals(HYPERGRADIENT)))
        .putAll(Measurements.of(program.run(feed.limitedTo(program))))
        .buildOrThrow();
  }
}
