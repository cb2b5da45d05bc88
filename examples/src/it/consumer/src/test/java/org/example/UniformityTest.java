package org.example;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Array;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A regularizer needs no derivative of its own: value and gradient follow from the formula. */
class UniformityTest {
  private final Expr z = Expr.input("z", 4, 3);
  private final Expr loss = Uniformity.of(z, 2);

  @Test
  void twoPoints() {
    Expr two = Expr.input("z", 2, 1);
    Expr value = Uniformity.of(two, 2);
    Results results =
        Values.of(
            Map.of("value", value, "gradient", value.gradient(two)),
            Feed.of(two, Array.matrix(new double[][] {{0}, {1}})));
    double e = Math.exp(-2);
    assertEquals(Math.log((1 + e) / 2), results.scalar("value"), 1e-14);
    assertEquals(-4 * e / (1 + e), results.get("gradient").get(1, 0), 1e-14);
  }

  @Test
  void gradientIsTheLimitOfDifferences() {
    Array at = Values.normal(1, 4, 3);
    Array direction = Values.normal(2, 4, 3);
    double step = 1e-5;
    double difference =
        (value(Values.along(at, step, direction)) - value(Values.along(at, -step, direction)))
            / (2 * step);
    Array gradient = Values.of(Map.of("g", loss.gradient(z)), Feed.of(z, at)).get("g");
    assertEquals(difference, Values.dot(gradient, direction), 1e-8);
  }

  private double value(Array at) {
    return Values.of(Map.of("value", loss), Feed.of(z, at)).scalar("value");
  }
}
