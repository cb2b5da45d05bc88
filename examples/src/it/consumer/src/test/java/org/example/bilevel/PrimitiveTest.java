package org.example.bilevel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.shape.Array;
import org.junit.jupiter.api.Test;

/** A primitive and a custom gradient, to second order. */
class PrimitiveTest {
  private final Expr x = Expr.variable("x", Array.vector(0.5, 1.5));

  private static double[] computed(Expr expression) {
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      return engine.compile(Step.named("y").output("y", expression)).run().get("y").toDoubles();
    }
  }

  private static double slope(double x) {
    return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x);
  }

  @Test
  void errorFunction() {
    Expr first = Erf.of(x).sum().gradient(x);
    assertArrayEquals(
        new double[] {0.5204998778130465, 0.9661051464753107}, computed(Erf.of(x)), 1e-15);
    assertArrayEquals(new double[] {slope(0.5), slope(1.5)}, computed(first), 1e-15);
    assertArrayEquals(
        new double[] {-slope(0.5), -3 * slope(1.5)}, computed(first.sum().gradient(x)), 1e-15);
  }

  @Test
  void roundingDifferentiatedAsACube() {
    Expr rounded = x.plus(0.5).floor().withGradientOf(x.pow(3));
    Expr first = rounded.sum().gradient(x);
    assertArrayEquals(new double[] {1, 2}, computed(rounded));
    assertArrayEquals(new double[] {0.75, 6.75}, computed(first), 1e-15);
    assertArrayEquals(new double[] {3, 9}, computed(first.sum().gradient(x)), 1e-15);
  }
}
