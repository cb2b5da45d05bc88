package io.github.bilevel4j.solver;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.CompiledEstimator;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.solver.step.NotFiniteException;
import io.github.bilevel4j.solver.step.internal.Measurements;
import java.util.Map;

/**
 * The hypergradient of an estimate as numbers, with what the estimate assigns. Where it is not
 * finite nothing is assigned, and the terms are computed to find the cause.
 */
final class Evaluation {
  /** Before the names of the components, beside which scalars are computed. */
  private static final String COMPONENT = "component ";

  private final Engine engine;
  private final Step terms;
  private final NonFiniteLocator locator;
  private final Vector hypergradient;
  private final Program program;

  /**
   * Compiles the evaluation.
   *
   * @param terms what a step would report
   */
  Evaluation(String problem, CompiledEstimator estimate, Step terms, Engine engine) {
    this.engine = engine;
    this.terms = terms;
    hypergradient = estimate.hypergradient();
    locator =
        NonFiniteLocator.ofHypergradient(
            problem, estimate.hypergradient(), estimate.updates(), engine);
    Step step =
        BilevelSolver.ifFinite(
            locator.watching(Step.named(problem + "/hypergradient")).updating(estimate.updates()));
    for (Map.Entry<String, Expr> component : hypergradient.components().entrySet()) {
      step = step.output(COMPONENT + component.getKey(), component.getValue());
    }
    program = engine.compile(step);
  }

  /**
   * The components at the point that the estimate has prepared.
   *
   * @throws NotFiniteException if one is not finite; then nothing has been assigned
   */
  ImmutableMap<String, Array> run(Feed feed) {
    Results results = program.run(feed.limitedTo(program));
    if (locator.isDue(results)) {
      Program all = engine.compile(locator.watching(terms));
      locator.checked("hypergradient", Measurements.of(all.run(feed.limitedTo(all))), feed);
    }
    ImmutableMap.Builder<String, Array> components = ImmutableMap.builder();
    hypergradient
        .components()
        .keySet()
        .forEach(name -> components.put(name, results.get(COMPONENT + name)));
    return components.buildOrThrow();
  }
}
