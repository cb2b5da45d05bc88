package io.github.bilevel4j.solver.step.internal;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import java.util.List;
import java.util.Map;

/** Scalars by name. */
public final class Measurements {
  private Measurements() {}

  /** The scalars among what a step returned, by name. */
  public static ImmutableMap<String, Double> of(Results results) {
    ImmutableMap.Builder<String, Double> scalars = ImmutableMap.builder();
    results.all().forEach((name, value) -> scalars.put(name, value.scalarValue()));
    return scalars.buildOrThrow();
  }

  /** Terms as means over the samples of the batch. */
  public static ImmutableMap<String, Expr> means(Engine engine, Map<String, Expr> terms) {
    return engine.batchMean(Vector.of(terms)).components();
  }

  /** Updates whose values are means over the samples of the batch. */
  public static ImmutableList<Update> means(Engine engine, List<Update> updates) {
    return updates.stream()
        .map(
            update ->
                new Update(
                    update.variable(),
                    engine
                        .batchMean(Vector.of(ImmutableMap.of("value", update.value())))
                        .get("value")))
        .collect(ImmutableList.toImmutableList());
  }

  /** The same expressions under names that begin with a level: {@code outer/nt-xent}. */
  public static ImmutableMap<String, Expr> under(String level, Map<String, Expr> values) {
    ImmutableMap.Builder<String, Expr> prefixed = ImmutableMap.builder();
    values.forEach((name, value) -> prefixed.put(level + "/" + name, value));
    return prefixed.buildOrThrow();
  }
}
