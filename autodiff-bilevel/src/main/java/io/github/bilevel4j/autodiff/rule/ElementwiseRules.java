package io.github.bilevel4j.autodiff.rule;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Binary;
import io.github.bilevel4j.op.BroadcastTo;
import io.github.bilevel4j.op.Cond;
import io.github.bilevel4j.op.CustomGradient;
import io.github.bilevel4j.op.Leaf;
import io.github.bilevel4j.op.Power;
import io.github.bilevel4j.op.Select;
import io.github.bilevel4j.op.Unary;

/**
 * Functions of one number, {@code y = f(x)}: the adjoint of x is {@code a f'(x)}, written with y
 * where f' is a function of f. Functions of two, {@code y = f(l, r)}: first that of l, then that of
 * r. Masks multiply by selection, so that an adjoint that is not a number stays in its own branch;
 * only the rectifier multiplies by a step, which the device fuses into one pass over memory.
 */
final class ElementwiseRules {
  private static final Expr ZERO = Expr.constant(0);
  private static final Expr ONE = Expr.constant(1);

  private ElementwiseRules() {}

  static RuleTable table() {
    return new RuleTable()
        .unary(Unary.NEGATE, (x, y, a) -> a.negated())
        .unary(Unary.ABS, ElementwiseRules::abs)
        .unary(Unary.SQUARE, (x, y, a) -> a.times(x.times(2)))
        .unary(Unary.SQRT, (x, y, a) -> a.dividedBy(y.times(2)))
        .unary(Unary.GUARDED_SQRT, ElementwiseRules::guardedSqrt)
        .unary(Unary.RECIPROCAL, (x, y, a) -> a.times(y.squared()).negated())
        .unary(Unary.EXP, (x, y, a) -> a.times(y))
        .unary(Unary.LOG, (x, y, a) -> a.dividedBy(x))
        .unary(Unary.SIN, (x, y, a) -> a.times(x.cos()))
        .unary(Unary.COS, (x, y, a) -> a.times(x.sin()).negated())
        .unary(Unary.TANH, (x, y, a) -> a.times(ONE.minus(y.squared())))
        .unary(Unary.SIGMOID, (x, y, a) -> a.times(y.times(ONE.minus(y))))
        .unary(Unary.SOFTPLUS, (x, y, a) -> a.times(x.sigmoid()))
        // y > 0 exactly where x > 0, and y is what the next layer keeps anyway.
        .unary(Unary.RELU, (x, y, a) -> a.times(y.heaviside()))
        .rule(Power.class, (op, y, i, a) -> power(op.exponent(), y.input(0), a))
        .binary(Binary.ADD, (l, r, y, a) -> a, (l, r, y, a) -> a)
        .binary(Binary.SUBTRACT, (l, r, y, a) -> a, (l, r, y, a) -> a.negated())
        .binary(Binary.MULTIPLY, (l, r, y, a) -> a.times(r), (l, r, y, a) -> a.times(l))
        .binary(
            Binary.DIVIDE,
            (l, r, y, a) -> a.dividedBy(r),
            (l, r, y, a) -> a.times(y).dividedBy(r).negated())
        .binary(Binary.MAXIMUM, (l, r, y, a) -> chosen(l, r, a), (l, r, y, a) -> chosen(r, l, a))
        .binary(Binary.MINIMUM, (l, r, y, a) -> chosen(r, l, a), (l, r, y, a) -> chosen(l, r, a))
        .rule(CustomGradient.class, (op, y, i, a) -> a)
        .rule(
            Cond.class,
            (op, y, i, a) ->
                i == 1 ? Expr.cond(y.input(0), a, zeros(a)) : Expr.cond(y.input(0), zeros(a), a))
        .rule(
            Select.class,
            (op, y, i, a) -> i == 1 ? y.input(0).where(a, ZERO) : y.input(0).where(ZERO, a));
  }

  /** {@code a p x^(p-1)}; for p = 0 and 1 without a power of x, which may be zero. */
  private static Expr power(double exponent, Expr x, Expr a) {
    if (exponent == 0) {
      return Expr.filled(0, x.shape());
    }
    return exponent == 1 ? a : a.times(x.pow(exponent - 1).times(exponent));
  }

  /** {@code a sign(x)}, zero at zero whatever a is; {@code q x} for {@code a = q |x|}. */
  private static Expr abs(Expr x, Expr y, Expr a) {
    return Quotient.termwise(
        a, y, q -> q.times(x), each -> x.equalTo(ZERO).where(ZERO, each.times(x.sign())));
  }

  /**
   * {@code a / (2 y)}, zero where y is zero; {@code q / 2} for {@code a = q y} where x is not
   * negative.
   */
  private static Expr guardedSqrt(Expr x, Expr y, Expr a) {
    // Masking the divisor too keeps the infinite slope out of the branch that is not taken.
    Expr zero = y.equalTo(ZERO);
    return Quotient.termwise(
        a,
        y,
        q -> ZERO.greaterThan(x).where(ZERO, q.times(0.5)),
        each -> zero.where(ZERO, each.dividedBy(zero.where(ONE, y).times(2))));
  }

  /**
   * The adjoint of the operand that is chosen where {@code high > low}: all of a there, half of it
   * where both are equal, or nothing there if one is a constant.
   */
  private static Expr chosen(Expr high, Expr low, Expr a) {
    if (isConstant(high) || isConstant(low)) {
      return low.atLeast(high).where(ZERO, a);
    }
    return low.greaterThan(high).where(ZERO, high.equalTo(low).where(a.times(0.5), a));
  }

  private static boolean isConstant(Expr x) {
    return x.op() instanceof Leaf.Constant
        || (x.op() instanceof BroadcastTo && isConstant(x.input(0)));
  }

  private static Expr zeros(Expr a) {
    return Expr.filled(0, a.shape());
  }
}
