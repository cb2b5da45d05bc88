package io.github.bilevel4j.problem;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Substitution;

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
    level
        .parts()
        .forEach(part -> all.add(Substitution.of(part.variables(), Coupling.standIn(part))));
    return new DependencyProbe(all.build());
  }

  Expr apply(Expr expression) {
    Expr result = expression;
    for (Substitution substitution : deepestFirst) {
      result = substitution.apply(result);
    }
    return result;
  }
}
