package org.example;

import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.Map;
import java.util.Random;

/** What expressions evaluate to, in double precision. */
final class Values {
  private Values() {}

  static Engine engine() {
    return TensorFlowEngine.open(Device.cpu(), Precision.FLOAT64);
  }

  static Results of(Map<String, Expr> expressions, Feed feed) {
    try (Engine engine = engine()) {
      return engine.compile(Step.named("values").outputs(expressions)).run(feed);
    }
  }

  static Array normal(long seed, int... dims) {
    Random random = new Random(seed);
    return Array.fill(Shape.of(dims), i -> random.nextGaussian());
  }
}
