package org.example;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.Optimizer;

/**
 * An optimizer: the heavy-ball method (Polyak, 1964),
 *
 * <pre>
 * p_t+1 = p_t - rate g_t + inertia (p_t - p_t-1).
 * </pre>
 *
 * <p>What it remembers, the point before, is a slot. The same rule steps on the device and is
 * differentiated through.
 */
public record HeavyBall(double rate, double inertia) implements Optimizer {
  private static final String BEFORE = "before";

  @Override
  public State start(Vector p) {
    return new State(p, ImmutableMap.of(BEFORE, p), Expr.constant(0));
  }

  @Override
  public State next(State state, Vector gradient) {
    Vector p = state.parameters();
    Vector inertial = p.minus(state.slots().get(BEFORE)).times(inertia);
    return new State(
        p.minus(gradient.times(rate)).plus(inertial),
        ImmutableMap.of(BEFORE, p),
        state.count().plus(1));
  }

  @Override
  public String description() {
    return "heavy ball, rate " + rate + ", inertia " + inertia;
  }
}
