package io.github.bilevel4j.solver.step;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.problem.Optimizer;
import io.github.bilevel4j.shape.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An optimizer whose memory is kept in variables of its own, so that its steps stay on the device.
 */
public final class StatefulOptimizer {
  private final Variables variables;
  private final Optimizer optimizer;
  private final ImmutableMap<String, Variables> slots;
  private final Expr count;

  public StatefulOptimizer(String name, Variables variables, Optimizer optimizer) {
    this.variables = variables;
    this.optimizer = optimizer;
    Map<String, Variables> memory = new LinkedHashMap<>();
    optimizer
        .start(variables.vector())
        .slots()
        .forEach((slot, start) -> memory.put(slot, Variables.zerosLike(name + "/" + slot, start)));
    this.slots = ImmutableMap.copyOf(memory);
    this.count = Expr.variable(name + "/count", Shape.scalar(), Initializer.zeros());
  }

  /** The assignments of one step along a gradient. */
  public ImmutableList<Update> along(Vector gradient) {
    return assign(next(gradient));
  }

  /** The state after one step along a gradient. */
  public Optimizer.State next(Vector gradient) {
    return optimizer.next(state(), gradient);
  }

  /** The state after the last step made once more along a gradient, counted as it was. */
  public Optimizer.State again(Vector gradient) {
    return optimizer.again(state(), gradient);
  }

  /** The present state, in variables. */
  public Optimizer.State state() {
    ImmutableMap.Builder<String, Vector> values = ImmutableMap.builder();
    slots.forEach((slot, leaves) -> values.put(slot, leaves.vector()));
    return new Optimizer.State(variables.vector(), values.buildOrThrow(), count);
  }

  /** All variables that a step assigns. */
  public ImmutableList<Expr> everything() {
    ImmutableList.Builder<Expr> all = ImmutableList.builder();
    all.addAll(variables.leaves().values());
    slots.values().forEach(slot -> all.addAll(slot.leaves().values()));
    return all.add(count).build();
  }

  /** The assignments that put the variables at a point and empty the memory. */
  public ImmutableList<Update> startAt(Vector point) {
    return assign(optimizer.start(point));
  }

  /** The assignments that put parameters and memory at a {@link StateVector}; not the count. */
  public ImmutableList<Update> at(Vector state) {
    return StateVector.of(state()).components().entrySet().stream()
        .map(entry -> new Update(entry.getValue(), state.get(entry.getKey())))
        .collect(ImmutableList.toImmutableList());
  }

  /** The assignments that make a state the present one. */
  public ImmutableList<Update> assign(Optimizer.State state) {
    List<Update> updates = new ArrayList<>(Update.of(variables, state.parameters()));
    slots.forEach((slot, leaves) -> updates.addAll(Update.of(leaves, state.slots().get(slot))));
    updates.add(new Update(count, state.count()));
    return ImmutableList.copyOf(updates);
  }
}
