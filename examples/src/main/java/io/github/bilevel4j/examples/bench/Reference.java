package io.github.bilevel4j.examples.bench;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.shape.Array;
import java.util.Arrays;
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

  /** {@code ||estimate - exact|| / ||exact||} over all components. */
  public double relativeError(Map<String, Array> estimate) {
    double difference = 0;
    for (Map.Entry<String, Array> component : hypergradient.entrySet()) {
      Array exact = component.getValue();
      Array other = estimate.get(component.getKey());
      for (int i = 0; i < exact.size(); i++) {
        difference += square(other.at(i) - exact.at(i));
      }
    }
    return Math.sqrt(difference) / norm();
  }

  /** The norm of the exact hypergradient. */
  public double norm() {
    return Math.sqrt(
        hypergradient.values().stream()
            .flatMapToDouble(component -> Arrays.stream(component.toDoubles()))
            .map(Reference::square)
            .sum());
  }

  private static double square(double value) {
    return value * value;
  }
}
