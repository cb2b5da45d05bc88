package io.github.bilevel4j.problem;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import java.util.function.UnaryOperator;

/** The outer problem {@code min over theta of F(theta, phi*(theta))} and its optimizer. */
public record OuterLevel(Variables variables, Objective objective, Optimizer optimizer) {

  /** The same level with a function applied to all expressions of its objective. */
  public OuterLevel map(UnaryOperator<Expr> function) {
    return new OuterLevel(variables, objective.map(function), optimizer);
  }
}
