package io.github.bilevel4j.solver.step;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.autodiff.Interpreter;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.problem.Optimizer;

/** What optimizers say of their rates, as numbers. */
public final class LearningRates {
  private static final String NAME = "learning rate";

  private LearningRates() {}

  /** Of the step after so many steps: {@code learning rate} and, of groups, with their labels. */
  public static ImmutableMap<String, Double> of(Optimizer optimizer, int steps) {
    ImmutableMap.Builder<String, Double> rates = ImmutableMap.builder();
    optimizer
        .rates(Expr.constant(steps))
        .forEach(
            (label, rate) ->
                rates.put(
                    label.isEmpty() ? NAME : NAME + " of " + label,
                    Interpreter.atStart().evaluate(rate).scalarValue()));
    return rates.buildOrThrow();
  }
}
