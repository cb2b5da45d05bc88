package org.example.bilevel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.shape.Array;
import org.junit.jupiter.api.Test;

/** A regularizer and its derivative on two points, against the closed form. */
class RegularizerTest {

  @Test
  void twoPoints() {
    Expr z = Expr.input("z", 2, 1);
    Expr loss = Uniformity.of(z);
    Step step = Step.named("value").output("loss", loss).output("gradient", loss.gradient(z));
    try (Engine engine = TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64)) {
      var results = engine.compile(step).run(Feed.of(z, Array.matrix(new double[][] {{0}, {1}})));
      // log((1 + exp(-2)) / 2), and its derivative by the second point
      double e = Math.exp(-2);
      assertEquals(Math.log((1 + e) / 2), results.scalar("loss"), 1e-14);
      assertEquals(-4 * e / (1 + e), results.get("gradient").get(1, 0), 1e-14);
    }
  }
}
