package io.github.bilevel4j.layer;

import io.github.bilevel4j.expr.Expr;

/** All axes from the second on joined into one, {@code [n, ...] -> [n, size]}. */
public record Flatten() implements ParameterFree {
  @Override
  public Expr apply(Expr x) {
    return x.flattened();
  }
}
