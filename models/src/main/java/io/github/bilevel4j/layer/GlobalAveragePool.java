package io.github.bilevel4j.layer;

import io.github.bilevel4j.expr.Expr;

/** The mean over height and width, {@code [n, height, width, channels] -> [n, channels]}. */
public record GlobalAveragePool() implements ParameterFree {
  @Override
  public Expr apply(Expr x) {
    return x.globalAveragePool();
  }
}
