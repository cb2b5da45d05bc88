package io.github.bilevel4j.autodiff;

import io.github.bilevel4j.op.Binary;
import io.github.bilevel4j.op.Cond;
import io.github.bilevel4j.op.CustomGradient;
import io.github.bilevel4j.op.Detach;
import io.github.bilevel4j.op.Power;
import io.github.bilevel4j.op.Random;
import io.github.bilevel4j.op.Select;
import io.github.bilevel4j.op.Unary;
import io.github.bilevel4j.shape.Array;

/** Element by element functions and random draws. */
final class ElementwiseKernels {
  private ElementwiseKernels() {}

  static void register(Kernels kernels) {
    kernels
        .kernel(Unary.class, (op, shape, in) -> Array.fill(shape, i -> unary(op, in.get(0).at(i))))
        .kernel(
            Binary.class,
            (op, shape, in) ->
                Index.build(
                    shape,
                    index ->
                        binary(
                            op,
                            Index.broadcast(in.get(0), index),
                            Index.broadcast(in.get(1), index))))
        .kernel(
            Power.class,
            (op, shape, in) -> Array.fill(shape, i -> power(in.get(0).at(i), op.exponent())))
        .kernel(Cond.class, (op, shape, in) -> in.get(in.get(0).at(0) != 0 ? 1 : 2))
        .kernel(
            Select.class,
            (op, shape, in) -> Array.fill(shape, i -> in.get(in.get(0).at(i) != 0 ? 1 : 2).at(i)))
        .kernel(CustomGradient.class, (op, shape, in) -> in.get(0))
        .kernel(Detach.class, (op, shape, in) -> in.get(0))
        .kernel(
            Random.class,
            (op, shape, in) -> {
              java.util.Random random =
                  new java.util.Random(op.seed() * 31 + (long) in.get(0).scalarValue());
              return Array.fill(
                  shape,
                  i ->
                      op.distribution() == Random.Distribution.UNIFORM
                          ? random.nextDouble()
                          : random.nextGaussian());
            });
  }

  /** The value, infinity for what is not a number. */
  static double orInfinite(double x) {
    return Double.isNaN(x) ? Double.POSITIVE_INFINITY : x;
  }

  private static double power(double x, double exponent) {
    if (Math.abs(exponent) == 0.5) {
      return exponent > 0 ? Math.sqrt(x) : 1 / Math.sqrt(x);
    }
    return Math.pow(x, exponent);
  }

  private static double unary(Unary op, double x) {
    return switch (op) {
      case NEGATE -> -x;
      case ABS -> Math.abs(x);
      case SIGN -> Math.signum(x);
      case SQUARE -> x * x;
      case SQRT -> Math.sqrt(x);
      case GUARDED_SQRT -> x <= 0 ? 0 : Math.sqrt(x);
      case RECIPROCAL -> 1 / x;
      case EXP -> Math.exp(x);
      case LOG -> Math.log(x);
      case SIN -> Math.sin(x);
      case COS -> Math.cos(x);
      case TANH -> Math.tanh(x);
      case SIGMOID -> 1 / (1 + Math.exp(-x));
      case SOFTPLUS -> Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
      case RELU -> Math.max(x, 0);
      case HEAVISIDE -> x > 0 ? 1 : 0;
      case FLOOR -> Math.floor(x);
    };
  }

  private static double binary(Binary op, double l, double r) {
    return switch (op) {
      case ADD -> l + r;
      case SUBTRACT -> l - r;
      case MULTIPLY -> l * r;
      case DIVIDE -> l / r;
      case MAXIMUM -> Math.max(l, r);
      case MINIMUM -> Math.min(l, r);
      case GREATER -> l > r ? 1 : 0;
      case GREATER_OR_EQUAL -> l >= r ? 1 : 0;
      case EQUAL -> l == r ? 1 : 0;
    };
  }
}
