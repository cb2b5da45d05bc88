package io.github.bilevel4j.losses;

import io.github.bilevel4j.backend.Device;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Precision;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.tensorflow.TensorFlowEngine;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;
import java.util.Random;
import java.util.stream.DoubleStream;

/** Values and gradients of expressions of variables, computed on the CPU. */
public final class OnCpu {
  private OnCpu() {}

  /** A variable that holds a matrix. */
  public static Expr matrix(String name, double[]... rows) {
    return Expr.variable(name, Array.matrix(rows));
  }

  /** A variable that holds a vector. */
  public static Expr vector(String name, double... values) {
    return Expr.variable(name, Array.vector(values));
  }

  /** A variable that holds normal random numbers. */
  public static Expr random(String name, long seed, int... dims) {
    Random random = new Random(seed);
    return Expr.variable(name, Array.fill(Shape.of(dims), i -> random.nextGaussian()));
  }

  /** The value of an expression in float64. */
  public static Array value(Expr expression) {
    try (Engine engine = engine(Precision.FLOAT64)) {
      return engine.compile(Step.named("value").output("value", expression)).run().get("value");
    }
  }

  /** The value of a scalar in float64. */
  public static double scalar(Expr expression) {
    return value(expression).scalarValue();
  }

  /** The elements of the derivative of a scalar in float64. */
  public static double[] gradient(Expr scalar, Expr point) {
    return value(scalar.gradient(point)).toDoubles();
  }

  /** A new engine. */
  public static Engine engine(Precision precision) {
    return TensorFlowEngine.open(Device.parse("cpu"), precision);
  }

  /** Whether all elements are numbers. */
  public static boolean isFinite(Array array) {
    return DoubleStream.of(array.toDoubles()).allMatch(Double::isFinite);
  }
}
