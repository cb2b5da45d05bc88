package io.github.bilevel4j.solver.step;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.Optimizer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * An optimizer's state as one vector: the parameters, then its memory, each component under its
 * position. The count of steps is no component: nothing is differentiated by it.
 */
public final class StateVector {
  private StateVector() {}

  /** The vector of a state. */
  public static Vector of(Optimizer.State state) {
    List<Expr> all = new ArrayList<>(state.parameters().components().values());
    state.slots().all().forEach(slot -> all.addAll(slot.components().values()));
    return numbered(all);
  }

  private static Vector numbered(List<Expr> components) {
    ImmutableMap.Builder<String, Expr> numbered = ImmutableMap.builder();
    for (int i = 0; i < components.size(); i++) {
      numbered.put(String.valueOf(i), components.get(i));
    }
    return Vector.of(numbered.buildOrThrow());
  }

  /** The part of the parameters, under their own names. */
  public static Vector parameters(Vector like, Vector state) {
    Iterator<Expr> first = state.components().values().iterator();
    return like.map(parameter -> first.next());
  }

  /** The state of given parameters and of zeros where the memory is. */
  public static Vector withoutMemory(Vector like, Vector parameters) {
    List<Expr> all = new ArrayList<>(like.zeros().components().values());
    int number = 0;
    for (Expr parameter : parameters.components().values()) {
      all.set(number++, parameter);
    }
    return numbered(all);
  }
}
