package org.example;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Array;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A custom gradient: the value of one expression, all derivatives of another. */
class CustomGradientTest {

  @Test
  void roundingDifferentiatedAsACube() {
    Expr x = Expr.variable("x", Array.vector(0.5, 1.5));
    Expr rounded = x.plus(0.5).floor().withGradientOf(x.pow(3));
    Expr first = rounded.sum().gradient(x);
    Results results =
        Values.of(
            Map.of("value", rounded, "first", first, "second", first.sum().gradient(x)),
            Feed.none());
    assertArrayEquals(new double[] {1, 2}, results.get("value").toDoubles());
    assertArrayEquals(new double[] {0.75, 6.75}, results.get("first").toDoubles(), 1e-15);
    assertArrayEquals(new double[] {3, 9}, results.get("second").toDoubles(), 1e-15);
  }
}
