package io.github.bilevel4j.autodiff.rule;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Binary;
import io.github.bilevel4j.op.Op;
import io.github.bilevel4j.op.Unary;

/** Rules by the kind of their primitive: its class, or itself if it is an enum constant. */
final class RuleTable {

  /** The adjoint of {@code x} for {@code y = f(x)}, where {@code a} is that of {@code y}. */
  @FunctionalInterface
  interface OfUnary {
    Expr adjoint(Expr x, Expr y, Expr a);
  }

  /** The adjoint of one operand of {@code y = f(l, r)}, where {@code a} is that of {@code y}. */
  @FunctionalInterface
  interface OfBinary {
    Expr adjoint(Expr l, Expr r, Expr y, Expr a);
  }

  private final ImmutableMap.Builder<Object, Rule<?>> rules = ImmutableMap.builder();

  static Object keyOf(Op op) {
    return op instanceof Enum ? op : op.getClass();
  }

  RuleTable unary(Unary op, OfUnary rule) {
    rules.put(op, (Rule<Unary>) (self, y, i, a) -> rule.adjoint(y.input(0), y, a));
    return this;
  }

  RuleTable binary(Binary op, OfBinary left, OfBinary right) {
    rules.put(
        op,
        (Rule<Binary>)
            (self, y, i, a) -> (i == 0 ? left : right).adjoint(y.input(0), y.input(1), y, a));
    return this;
  }

  <O extends Op> RuleTable rule(Class<O> op, Rule<O> rule) {
    rules.put(op, rule);
    return this;
  }

  ImmutableMap<Object, Rule<?>> toMap() {
    return rules.buildOrThrow();
  }
}
