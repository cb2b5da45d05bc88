package io.github.bilevel4j.solver.step;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Streams;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.op.Initializer;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.Optimizer;
import io.github.bilevel4j.shape.Shape;

/**
 * An optimizer whose memory is kept in variables of its own, so that its steps stay on the device.
 */
public final class StatefulOptimizer {
  private final Optimizer optimizer;
  private final Optimizer.State state;

  /** The inner optimizer of a problem, with its state in variables under the problem's name. */
  public static StatefulOptimizer ofInner(BilevelProblem problem) {
    return new StatefulOptimizer(
        problem.name() + "/inner", problem.inner().variables(), problem.inner().optimizer());
  }

  /** With new variables for the memory, whose names begin with the given one. */
  public StatefulOptimizer(String name, Variables variables, Optimizer optimizer) {
    this.optimizer = optimizer;
    Vector parameters = variables.vector();
    state =
        new Optimizer.State(
            parameters,
            optimizer
                .start(parameters)
                .slots()
                .map((label, start) -> Variables.zerosLike(name + "/" + label, start).vector()),
            Expr.variable(name + "/count", Shape.scalar(), Initializer.zeros()));
  }

  /** The assignments of one step along a gradient. */
  public ImmutableList<Update> along(Vector gradient) {
    return assign(next(gradient));
  }

  /** The state after one step along a gradient. */
  public Optimizer.State next(Vector gradient) {
    return optimizer.next(state, gradient);
  }

  /** The state after the last step made once more along a gradient, counted as it was. */
  public Optimizer.State repeatLast(Vector gradient) {
    return optimizer.repeatLast(state, gradient);
  }

  /** The present state, in variables. */
  public Optimizer.State state() {
    return state;
  }

  /** All variables that a step assigns. */
  public ImmutableList<Expr> everything() {
    return assign(state).stream().map(Update::variable).collect(ImmutableList.toImmutableList());
  }

  /** The assignments that put the variables at a point and empty the memory. */
  public ImmutableList<Update> startAt(Vector point) {
    return assign(optimizer.start(point));
  }

  /** The assignments that put parameters and memory at a {@link StateVector}; not the count. */
  public ImmutableList<Update> at(Vector values) {
    return Streams.zip(
            StateVector.of(state).components().values().stream(),
            values.components().values().stream(),
            Update::new)
        .collect(ImmutableList.toImmutableList());
  }

  /** The assignments that make a state the present one. */
  public ImmutableList<Update> assign(Optimizer.State next) {
    return ImmutableList.<Update>builder()
        .addAll(at(StateVector.of(next)))
        .add(new Update(state.count(), next.count()))
        .build();
  }
}
