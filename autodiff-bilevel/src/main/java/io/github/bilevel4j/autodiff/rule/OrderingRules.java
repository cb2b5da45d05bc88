package io.github.bilevel4j.autodiff.rule;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.CumulativeSum;
import io.github.bilevel4j.op.Sort;

/**
 * Sorting and running sums, linear for a fixed order: taking elements in the order of the keys and
 * putting them back are each other's adjoints, and so are running sums from either end.
 */
final class OrderingRules {
  private OrderingRules() {}

  static RuleTable table() {
    return new RuleTable()
        .rule(
            Sort.Gather.class,
            (op, y, i, a) -> Expr.of(new Sort.Scatter(op.descending()), y.input(0), a))
        .rule(
            Sort.Scatter.class,
            (op, y, i, a) ->
                Expr.of(
                    new Sort.Gather(op.descending(), y.input(1).shape().dim(-1)), y.input(0), a))
        .rule(CumulativeSum.class, (op, y, i, a) -> Expr.of(op.adjoint(), a));
  }
}
