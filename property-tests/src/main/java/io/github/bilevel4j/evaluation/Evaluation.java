package io.github.bilevel4j.evaluation;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Array;
import java.util.Map;

/**
 * Values of expressions. Each evaluation has an engine of its own: opening one takes a millisecond,
 * while compiling takes longer the more an engine holds.
 */
public final class Evaluation {
  private Evaluation() {}

  /** A new engine on the processor. */
  public static Engine open(Precision precision) {
    return TensorFlowEngine.open(Device.cpu(), precision);
  }

  /** The values of expressions on an engine, by name. */
  public static ImmutableMap<String, Array> on(Engine engine, Map<String, Expr> expressions) {
    return engine.compile(Step.named("evaluation").outputs(expressions)).run().all();
  }

  /** The values of expressions in float64, by name. */
  public static ImmutableMap<String, Array> of(Map<String, Expr> expressions) {
    try (Engine engine = open(Precision.FLOAT64)) {
      return on(engine, expressions);
    }
  }

  /** The value of an expression in float64. */
  public static Array of(Expr expression) {
    return of(Map.of("value", expression)).get("value");
  }

  /** The value of a scalar in float64. */
  public static double scalar(Expr expression) {
    return of(expression).scalarValue();
  }
}
