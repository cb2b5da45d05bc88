package io.github.bilevel4j.problem;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;

/** The rule that moves nothing: the inner problem is presolved. */
record NoSteps() implements Optimizer {
  @Override
  public State start(Vector parameters) {
    return new State(parameters, ImmutableMap.of(), Expr.constant(0));
  }

  @Override
  public State next(State state, Vector gradient) {
    return state;
  }

  @Override
  public String description() {
    return "presolved";
  }
}
