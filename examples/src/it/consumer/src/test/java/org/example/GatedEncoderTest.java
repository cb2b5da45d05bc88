package org.example;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.layer.Pass;
import io.github.bilevel4j.layer.Scope;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** An encoder is cut at the names of its stages; its variables are found by their paths. */
class GatedEncoderTest {
  private final Encoder encoder = new GatedEncoder().init(Scope.seed(7), 2);
  private final Expr images = Expr.input("images", 3, 2, 2, 3);

  @Test
  void featuresAndVariables() {
    assertEquals(Shape.of(3, 5), encoder.apply(images, Pass.evaluation()).shape());
    assertEquals(List.of("flat", "hidden", "gate"), encoder.stages());
    assertEquals(
        List.of("hidden/weight", "hidden/bias", "gate/g"),
        List.copyOf(encoder.parameters().names()));
  }

  @Test
  void gatesTheHiddenFeatures() {
    Expr hidden = encoder.features("hidden", images, Pass.evaluation());
    Results results =
        Values.of(
            Map.of(
                "hidden", hidden,
                "g", encoder.parameters().get("gate/g"),
                "whole", encoder.apply(images, Pass.evaluation()),
                "two parts", encoder.last("hidden").apply(hidden, Pass.evaluation())),
            Feed.of(images, Values.normal(3, 3, 2, 2, 3)));
    assertArrayEquals(
        results.get("two parts").toDoubles(), results.get("whole").toDoubles(), 1e-15);
    double gate = 1 / (1 + Math.exp(-results.get("g").get(4)));
    assertEquals(results.get("hidden").get(2, 4) * gate, results.get("whole").get(2, 4), 1e-15);
  }
}
