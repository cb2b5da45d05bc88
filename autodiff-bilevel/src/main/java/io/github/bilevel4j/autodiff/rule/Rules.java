package io.github.bilevel4j.autodiff.rule;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.CustomPrimitive;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Op;
import java.util.Optional;
import java.util.stream.Stream;

/** All derivative rules, found by their primitive. */
public final class Rules {
  private static final ImmutableMap<Object, Rule<?>> RULES =
      Stream.of(
              ElementwiseRules.table(),
              ReductionRules.table(),
              LayoutRules.table(),
              MatrixRules.table(),
              ImageRules.table(),
              NormalizationRules.table(),
              IndexingRules.table(),
              OrderingRules.table(),
              CollectiveRules.table())
          .flatMap(table -> table.toMap().entrySet().stream())
          .collect(ImmutableMap.toImmutableMap(entry -> entry.getKey(), entry -> entry.getValue()));

  private Rules() {}

  /**
   * The rule of a primitive. Leaves have none, nor have primitives that are differentiable in no
   * input, nor the symbolic gradient, which is expanded before it is differentiated.
   */
  public static <O extends Op> Optional<Rule<O>> of(O op) {
    if (op instanceof CustomPrimitive custom) {
      return Optional.of((same, y, i, a) -> custom.adjoint(y, i, a));
    }
    // The tables accept a rule only together with the class or constant of its own primitive.
    @SuppressWarnings("unchecked")
    Rule<O> rule = (Rule<O>) RULES.get(RuleTable.keyOf(op));
    return Optional.ofNullable(rule);
  }

  /**
   * The adjoint of an input of a node, given the node's own: the node's rule applied.
   *
   * @throws IllegalStateException if the primitive has no rule
   */
  public static Expr adjoint(Expr node, int input, Expr adjoint) {
    return of(node.op())
        .orElseThrow(() -> new IllegalStateException("no derivative rule for " + node))
        .adjoint(node.op(), node, input, adjoint);
  }
}
