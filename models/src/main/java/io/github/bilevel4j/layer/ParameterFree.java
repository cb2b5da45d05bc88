package io.github.bilevel4j.layer;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;

/** A layer without variables: a function of its input alone. */
public interface ParameterFree extends Layer, LayerSpec {

  /** The output for an input. */
  Expr apply(Expr x);

  @Override
  default Expr apply(Vector parameters, Expr x, Pass pass) {
    return apply(x);
  }

  @Override
  default Variables parameters() {
    return Variables.none();
  }

  @Override
  default Variables state() {
    return Variables.none();
  }

  @Override
  default Layer init(Scope scope) {
    return this;
  }
}
