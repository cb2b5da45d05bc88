package io.github.bilevel4j.solver.step;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.Optimizer;

/**
 * An optimizer's state as one vector: the parameters, then its memory. The count of steps is no
 * component: nothing is differentiated by it.
 */
public final class StateVector {
  private StateVector() {}

  public static Vector of(Optimizer.State state) {
    ImmutableMap.Builder<String, Expr> all = ImmutableMap.builder();
    all.putAll(state.parameters().components());
    state
        .slots()
        .forEach(
            (slot, memory) ->
                memory.components().forEach((name, c) -> all.put(slot + " of " + name, c)));
    return Vector.of(all.buildOrThrow());
  }
}
