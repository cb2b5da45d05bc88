package io.github.bilevel4j.layer;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;

/** A rule and the variables that it reads. */
record FunctionLayer(Variables parameters, Variables state, Rule rule) implements Layer {
  @Override
  public Expr apply(Vector values, Expr x, Pass pass) {
    return rule.apply(values, x, pass);
  }
}
