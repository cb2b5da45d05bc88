package io.github.bilevel4j.layer;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** The values of expressions without inputs, in double precision. */
public final class Computed {
  private Computed() {}

  public static Array of(Expr expression) {
    return of(List.of(expression)).get(0);
  }

  public static ImmutableList<Array> of(List<Expr> expressions) {
    Step step = Step.named("test");
    for (int i = 0; i < expressions.size(); i++) {
      step = step.output("y" + i, expressions.get(i));
    }
    try (Engine engine = TensorFlowEngine.open(Device.parse("cpu"), Precision.FLOAT64)) {
      Results results = engine.compile(step).run();
      return IntStream.range(0, expressions.size())
          .mapToObj(i -> results.get("y" + i))
          .collect(ImmutableList.toImmutableList());
    }
  }

  /** Numbers uniform in [0, 1). */
  public static Array uniform(long seed, int... dims) {
    Random random = new Random(seed);
    return Array.fill(Shape.of(dims), i -> random.nextDouble());
  }

  /** Normal numbers. */
  public static Array normal(long seed, int... dims) {
    Random random = new Random(seed);
    return Array.fill(Shape.of(dims), i -> random.nextGaussian());
  }
}
