package io.github.bilevel4j.solver;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Iterables;
import com.google.common.collect.Maps;
import com.google.common.collect.Streams;
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
 * Finds which component of a gradient or which update is not finite. A step watches each of the two
 * by one number; only when that is not finite does a program of its own look at each part.
 */
final class NonFiniteLocator {
  /** The output that is finite if all updates are; it is never reported. */
  private static final String UPDATES = "updates";

  private final String problem;
  private final String title;
  private final Watched watched;
  private final Vector gradient;
  private final ImmutableList<Update> updates;
  private final Engine engine;
  private Program program;

  /**
   * The output that is finite if a gradient is.
   *
   * @param reported whether the user sees it
   */
  private record Watched(String name, Expr value, boolean reported) {}

  private NonFiniteLocator(
      String problem,
      String title,
      Watched watched,
      Vector gradient,
      List<Update> updates,
      Engine engine) {
    this.problem = problem;
    this.title = title;
    this.watched = watched;
    this.gradient = gradient;
    this.updates = ImmutableList.copyOf(updates);
    this.engine = engine;
  }

  /**
   * Watches a hypergradient, by its norm, which is reported, and updates; nothing is compiled
   * before one is not finite.
   *
   * @param engine that compiles the program of its own
   */
  static NonFiniteLocator ofHypergradient(
      String problem, Vector hypergradient, List<Update> updates, Engine engine) {
    Watched norm = new Watched("hypergradient norm", hypergradient.norm(), true);
    return new NonFiniteLocator(problem, "hypergradient", norm, hypergradient, updates, engine);
  }

  /** As {@link #ofHypergradient} for a gradient, by its sum, which is not reported. */
  static NonFiniteLocator ofGradient(
      String problem, Vector gradient, List<Update> updates, Engine engine) {
    Watched sum = new Watched("gradient sum", sum(gradient.components().values()), false);
    return new NonFiniteLocator(problem, "gradient", sum, gradient, updates, engine);
  }

  private static Expr sum(Iterable<Expr> values) {
    return Streams.stream(values).map(value -> value.sum()).reduce(Expr::plus).orElseThrow();
  }

  /** A step with two more outputs: what is finite if the gradient is, and if all updates are. */
  Step watching(Step step) {
    Step watching = step.output(watched.name(), watched.value());
    return updates.isEmpty()
        ? watching
        : watching.output(UPDATES, sum(Iterables.transform(updates, Update::value)));
  }

  /** Whether a step made by {@link #watching} met something that is not finite. */
  boolean isDue(Results results) {
    return !Double.isFinite(results.scalar(watched.name()))
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
    ImmutableMap<String, Double> terms = without(report, UPDATES);
    ImmutableMap<String, Double> told = watched.reported() ? terms : without(terms, watched.name());
    if (!Double.isFinite(report.getOrDefault(UPDATES, 0.0))
        || !Double.isFinite(report.get(watched.name()))) {
      NotFiniteException.requireFinite(step, partByPart(told, feed), feed);
      // All parts are finite but not their sum, for which nothing was assigned either.
      NotFiniteException.requireFinite(step, report, feed);
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
        .putAll(without(report, watched.name()))
        .putAll(Measurements.of(program.run(feed.limitedTo(program))))
        .buildOrThrow();
  }

  private Step each() {
    Step step = Step.named(problem + "/not finite");
    for (Map.Entry<String, Expr> component : gradient.components().entrySet()) {
      step = step.output(title + " of " + component.getKey(), component.getValue().sum());
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
