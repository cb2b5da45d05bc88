package org.example;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Array;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A primitive has its shape rule, its derivative and its lowering in one place. */
class ErfTest {
  private final Expr x = Expr.variable("x", Array.vector(0.5, 1.5));

  @Test
  void toSecondOrder() {
    Expr first = Erf.of(x).sum().gradient(x);
    Results results =
        Values.of(
            Map.of("value", Erf.of(x), "first", first, "second", first.sum().gradient(x)),
            Feed.none());
    assertArrayEquals(
        new double[] {0.5204998778130465, 0.9661051464753107},
        results.get("value").toDoubles(),
        1e-15);
    assertArrayEquals(
        new double[] {slope(0.5), slope(1.5)}, results.get("first").toDoubles(), 1e-15);
    assertArrayEquals(
        new double[] {-slope(0.5), -3 * slope(1.5)}, results.get("second").toDoubles(), 1e-15);
  }

  private static double slope(double x) {
    return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x);
  }
}
