package io.github.bilevel4j.autodiff.rule;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Reduction;

/**
 * Reductions, whose result keeps the reduced axes with size one: a sum hands its adjoint to every
 * element, a maximum shares it equally among the elements that attain it.
 */
final class ReductionRules {
  private ReductionRules() {}

  static RuleTable table() {
    return new RuleTable()
        .rule(
            Reduction.class,
            (op, y, i, a) ->
                switch (op.kind()) {
                  case SUM -> a.broadcastTo(y.input(0).shape());
                  case MAX -> shared(op, y, a);
                });
  }

  /**
   * {@code a / m} at the {@code m} elements equal to the maximum, zero elsewhere; if it is not a
   * number, which no element equals, that is the derivative of all.
   */
  private static Expr shared(Reduction op, Expr y, Expr a) {
    Expr attained = y.input(0).equalTo(y);
    // Not sumKeeping, which takes no axes for all.
    Expr count = Expr.of(new Reduction(Reduction.Kind.SUM, op.axes()), attained);
    return attained.where(a.dividedBy(count), Expr.constant(0).dividedBy(count));
  }
}
