package io.github.bilevel4j.solver.step.internal;

import com.google.common.collect.Iterables;
import com.google.common.collect.Sets;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/** What the steps of a solver depend on. */
public final class SolverState {
  private final Engine engine;
  private final Set<Expr> variables = new LinkedHashSet<>();
  private final Set<Expr> means = new LinkedHashSet<>();

  private SolverState(Engine engine) {
    this.engine = engine;
  }

  /**
   * The variables of steps. In the place of one that holds a mean over micro-batches are those that
   * the mean is computed from.
   *
   * @param passing those that are assigned before they are read
   * @param engine that compiled the steps
   */
  public static Variables of(Iterable<Step> steps, Set<Expr> passing, Engine engine) {
    SolverState state = new SolverState(engine);
    for (Step step : steps) {
      state.add(Iterables.transform(step.updates(), Update::variable));
      state.addAllIn(step.expressions());
    }
    return Variables.numbered(Sets.difference(state.variables, passing));
  }

  private void addAllIn(Iterable<Expr> expressions) {
    add(Iterables.filter(Expr.nodesOf(expressions), Expr::isVariable));
  }

  private void add(Iterable<Expr> found) {
    for (Expr variable : found) {
      Optional<Vector> value = engine.valueOfMean(variable);
      if (value.isEmpty()) {
        variables.add(variable);
      } else if (means.add(variable)) {
        addAllIn(value.get().components().values());
        engine.argumentOfMean(variable).ifPresent(a -> addAllIn(a.components().values()));
      }
    }
  }
}
