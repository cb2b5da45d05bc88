package io.github.bilevel4j.examples.bench;

import static com.google.common.collect.ImmutableMap.toImmutableMap;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.weights.ElementType;
import io.github.bilevel4j.weights.SafeTensors;
import java.nio.file.Path;
import java.util.Map;

/**
 * A point of a bi-level problem and the exact hypergradient there, computed in float64.
 *
 * @param inner value of the inner objective
 * @param outer value of the outer objective
 * @param point the inner variables, and what else the ways to compute the hypergradient need
 * @param hypergradient by component
 */
public record Reference(
    double inner,
    double outer,
    ImmutableMap<String, Array> point,
    ImmutableMap<String, Array> hypergradient) {
  private static final String POINT = "point/";
  private static final String HYPERGRADIENT = "hypergradient/";

  /** {@code ||estimate - exact|| / ||exact||} over all components. */
  public double relativeError(Map<String, Array> estimate) {
    return Agreement.of(estimate, hypergradient).relativeError();
  }

  /** The norm of the exact hypergradient. */
  public double norm() {
    return Agreement.of(hypergradient, hypergradient).norm();
  }

  /** Writes all of it to a file, every bit. */
  void write(Path file) {
    ImmutableMap.Builder<String, Array> all = ImmutableMap.builder();
    all.put("inner", Array.scalar(inner)).put("outer", Array.scalar(outer));
    point.forEach((name, array) -> all.put(POINT + name, array));
    hypergradient.forEach((name, array) -> all.put(HYPERGRADIENT + name, array));
    SafeTensors.write(file, all.buildOrThrow(), ElementType.F64);
  }

  /** Reads what was written. */
  static Reference read(Path file) {
    ImmutableMap<String, Array> all = SafeTensors.read(file);
    return new Reference(
        all.get("inner").scalarValue(),
        all.get("outer").scalarValue(),
        part(all, POINT),
        part(all, HYPERGRADIENT));
  }

  private static ImmutableMap<String, Array> part(Map<String, Array> all, String prefix) {
    return all.entrySet().stream()
        .filter(entry -> entry.getKey().startsWith(prefix))
        .collect(
            toImmutableMap(
                entry -> entry.getKey().substring(prefix.length()), Map.Entry::getValue));
  }
}
