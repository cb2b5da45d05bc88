package io.github.bilevel4j.problem;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Substitution;
import io.github.bilevel4j.expr.Vector;

/**
 * Expressions in place of the variables of solved levels that vary with all that the solution
 * varies with: enough to ask what an objective depends on, without any derivative.
 */
final class DependencyProbe {
  private final ImmutableList<Substitution> deepestFirst;

  private DependencyProbe(ImmutableList<Substitution> deepestFirst) {
    this.deepestFirst = deepestFirst;
  }

  static DependencyProbe none() {
    return new DependencyProbe(ImmutableList.of());
  }

  /** With one more level, above the others, whose objective they stand in already. */
  DependencyProbe and(InnerLevel level) {
    ImmutableList.Builder<Substitution> all = ImmutableList.builder();
    all.addAll(deepestFirst);
    // One part after another: they do not read each other.
    level.parts().forEach(part -> all.add(Substitution.of(part.variables(), solution(part))));
    return new DependencyProbe(all.build());
  }

  /** What varies as the solution of a level does: with its steps and its objective. */
  private static Vector solution(InnerLevel level) {
    Expr total = level.objective().total();
    return stepped(level).map(component -> component.plus(total));
  }

  /** What one step from the starting point varies with, the objective left out. */
  static Vector stepped(InnerLevel level) {
    Vector phi = level.variables().vector();
    Optimizer.State start = level.optimizer().start(level.start().orElse(phi));
    return level.optimizer().next(start, phi).parameters();
  }

  Expr apply(Expr expression) {
    Expr result = expression;
    for (Substitution substitution : deepestFirst) {
      result = substitution.apply(result);
    }
    return result;
  }
}
