package io.github.bilevel4j.run;

import com.google.common.collect.ImmutableMap;

/** Called after every step with its measurements. */
@FunctionalInterface
public interface MetricsListener {

  /** The measurements of a step, counted from zero, by name. */
  void measured(int step, ImmutableMap<String, Double> measurements);

  /** This one, then another one. */
  default MetricsListener and(MetricsListener other) {
    return (step, measurements) -> {
      measured(step, measurements);
      other.measured(step, measurements);
    };
  }
}
