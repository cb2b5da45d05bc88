package org.example;

import io.github.bilevel4j.encoder.Encoder;
import io.github.bilevel4j.encoder.EncoderSpec;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.layer.Dense;
import io.github.bilevel4j.layer.Flatten;
import io.github.bilevel4j.layer.Layer;
import io.github.bilevel4j.layer.LayerSpec;
import io.github.bilevel4j.layer.Scope;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.shape.Shape;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An encoder of stages with a layer of its own: a gate {@code y = x sigmoid(g)} with one learned
 * {@code g} for each feature.
 */
public final class GatedEncoder implements EncoderSpec {
  private static final int FEATURES = 5;

  @Override
  public Encoder init(Scope scope, int side) {
    Map<String, Layer> stages = new LinkedHashMap<>();
    stages.put("flat", new Flatten());
    stages.put("hidden", Dense.between(3 * side * side, FEATURES).init(scope.child("hidden")));
    stages.put("gate", gate(FEATURES).init(scope.child("gate")));
    return Encoder.of(stages);
  }

  private static LayerSpec gate(int features) {
    return scope -> {
      Expr g = scope.drawn("g", Shape.of(features), seed -> Initializer.uniform(1, seed));
      return Layer.of(
          Variables.of(g), (values, x, pass) -> x.times(values.get(g.name()).sigmoid()));
    };
  }
}
