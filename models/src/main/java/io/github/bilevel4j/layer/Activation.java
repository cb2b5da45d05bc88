package io.github.bilevel4j.layer;

import io.github.bilevel4j.expr.Expr;

/** Functions applied to each element. */
public enum Activation implements ParameterFree {
  /** {@code max(x, 0)}. */
  RELU,
  /** The hyperbolic tangent. */
  TANH,
  /** {@code 1 / (1 + exp(-x))}. */
  SIGMOID,
  /** {@code log(1 + exp(x))}, a smooth ReLU. */
  SOFTPLUS;

  @Override
  public Expr apply(Expr x) {
    return switch (this) {
      case RELU -> x.relu();
      case TANH -> x.tanh();
      case SIGMOID -> x.sigmoid();
      case SOFTPLUS -> x.softplus();
    };
  }
}
