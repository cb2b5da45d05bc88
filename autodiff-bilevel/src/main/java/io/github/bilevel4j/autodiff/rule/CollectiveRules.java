package io.github.bilevel4j.autodiff.rule;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.AllSum;

/**
 * Sums over replicas: each replica's value goes into the results of all, so its adjoint is the sum
 * of theirs.
 */
final class CollectiveRules {
  private CollectiveRules() {}

  static RuleTable table() {
    return new RuleTable().rule(AllSum.class, (op, y, i, a) -> Expr.of(op, a));
  }
}
