package io.github.bilevel4j.solver;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.solver.step.NotFiniteException;
import io.github.bilevel4j.solver.step.internal.Measurements;
import java.util.List;
import java.util.Map;

/**
 * Finds which component of the hypergradient or which update is not finite. A step watches all
 * updates by one sum; only when that is not finite does a program of its own look at each.
 */
final class NonFiniteLocator {
  /** The output that is finite if all updates are; it is never reported. */
  private static final String UPDATES = "updates";

  /** The output that is finite if the hypergradient is. */
  static final String HYPERGRADIENT = "hypergradient norm";

  private final String problem;
  private final Vector hypergradient;
  private final ImmutableList<Update> updates;
  private final Engine engine;
  private Program program;

  /**
   * Watches a hypergradient and updates; nothing is compiled before one is not finite.
   *
   * @param engine that compiles the program of its own
   */
  NonFiniteLocator(String problem, Vector hypergradient, List<Update> updates, Engine engine) {
    this.problem = problem;
    this.hypergradient = hypergradient;
    this.updates = ImmutableList.copyOf(updates);
    this.engine = engine;
  }

  /**
   * A step with two more outputs: the hypergradient's norm, and what is finite if all updates are.
   */
  Step watching(Step step) {
    Step watched = step.output(HYPERGRADIENT, hypergradient.norm());
    return updates.stream()
        .map(update -> update.value().sum())
        .reduce(Expr::plus)
        .map(sum -> watched.output(UPDATES, sum))
        .orElse(watched);
  }

  /** Whether a step made by {@link #watching} met something that is not finite. */
  boolean isDue(Results results) {
    return !Double.isFinite(results.scalar(HYPERGRADIENT))
        || (!updates.isEmpty() && !Double.isFinite(results.scalar(UPDATES)));
  }

  /**
   * What a step made by {@link #watching} reports to the user. The state must still be that before
   * the step if something is not finite.
   *
   * @param step its name in the message
   * @param report its outputs, all scalars
   * @throws NotFiniteException naming the first term, component or update that is not finite
   */
  ImmutableMap<String, Double> checked(String step, Map<String, Double> report, Feed feed) {
    ImmutableMap<String, Double> told = without(report, UPDATES);
    if (!Double.isFinite(report.getOrDefault(UPDATES, 0.0))
        || !Double.isFinite(report.get(HYPERGRADIENT))) {
      NotFiniteException.requireFinite(step, partByPart(told, feed), feed);
    }
    NotFiniteException.requireFinite(step, told, feed);
    return told;
  }

  /** A report in which each component and each update stands after the terms, not their sums. */
  private ImmutableMap<String, Double> partByPart(Map<String, Double> report, Feed feed) {
    if (program == null) {
      program = engine.compile(each());
    }
    return ImmutableMap.<String, Double>builder()
        .putAll(without(report, HYPERGRADIENT))
        .putAll(Measurements.of(program.run(feed.limitedTo(program))))
        .buildOrThrow();
  }

  private Step each() {
    Step step = Step.named(problem + "/not finite");
    for (Map.Entry<String, Expr> component : hypergradient.components().entrySet()) {
      step = step.output("hypergradient of " + component.getKey(), component.getValue().sum());
    }
    for (Update update : updates) {
      step = step.output("update of " + update.variable().name(), update.value().sum());
    }
    return step;
  }

  private static ImmutableMap<String, Double> without(Map<String, Double> report, String output) {
    return ImmutableMap.copyOf(Maps.filterKeys(report, name -> !name.equals(output)));
  }
}
