package io.github.bilevel4j.solver.step.internal;

import java.util.List;
import io.github.bilevel4j.backend.Update;
import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.solver.step.NotFiniteException;
import java.util.Map;

/** Scalars by name. */
public final class Measurements {
  private Measurements() {}

  public static ImmutableMap<String, Double> of(Results results) {
    ImmutableMap.Builder<String, Double> scalars = ImmutableMap.builder();
    results.all().forEach((name, value) -> scalars.put(name, value.scalarValue()));
    return scalars.buildOrThrow();
  }

  /**
   * Refuses measurements that are not finite.
   *
   * @param feed of the step, to tell whether the data were finite
   * @throws NotFiniteException naming the first one
   */
  public static void requireFinite(String step, Map<String, Double> measurements, Feed feed) {
    measurements.forEach(
        (term, value) -> {
          if (!Double.isFinite(value)) {
            throw new NotFiniteException(term, value, step, measurements, feed);
          }
        });
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
