package io.github.bilevel4j.solver.step.internal;

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
   * @throws NotFiniteException naming the first one
   */
  public static void requireFinite(String step, Map<String, Double> measurements) {
    measurements.forEach(
        (term, value) -> {
          if (!Double.isFinite(value)) {
            throw new NotFiniteException(term, value, step, measurements);
          }
        });
  }

  /** The same expressions under names that begin with a level: {@code outer/nt-xent}. */
  public static ImmutableMap<String, Expr> under(String level, Map<String, Expr> values) {
    ImmutableMap.Builder<String, Expr> prefixed = ImmutableMap.builder();
    values.forEach((name, value) -> prefixed.put(level + "/" + name, value));
    return prefixed.buildOrThrow();
  }
}
