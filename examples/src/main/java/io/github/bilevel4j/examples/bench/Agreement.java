package io.github.bilevel4j.examples.bench;

import io.github.bilevel4j.shape.Array;
import java.util.Map;

/**
 * How far an estimate {@code h} is from the exact hypergradient {@code g}.
 *
 * @param norm {@code |h|}
 * @param error {@code |h - g|}
 * @param relativeError {@code |h - g| / |g|}
 * @param cosine of the angle between them; not a number if one of them is zero
 */
public record Agreement(double norm, double error, double relativeError, double cosine) {

  /** Over all components. */
  public static Agreement of(Map<String, Array> estimate, Map<String, Array> exact) {
    double hh = 0;
    double gg = 0;
    double hg = 0;
    double error = 0;
    for (Map.Entry<String, Array> component : exact.entrySet()) {
      Array found = estimate.get(component.getKey());
      for (int i = 0; i < found.size(); i++) {
        double h = found.at(i);
        double g = component.getValue().at(i);
        hh += h * h;
        gg += g * g;
        hg += h * g;
        error = Math.hypot(error, h - g);
      }
    }
    return new Agreement(
        Math.sqrt(hh), error, error / Math.sqrt(gg), hg / Math.sqrt(hh) / Math.sqrt(gg));
  }
}
