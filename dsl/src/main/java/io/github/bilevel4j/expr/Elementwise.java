package io.github.bilevel4j.expr;

import io.github.bilevel4j.op.Binary;
import io.github.bilevel4j.op.Power;
import io.github.bilevel4j.op.Select;
import io.github.bilevel4j.op.Unary;
import io.github.bilevel4j.shape.Shape;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Element by element algebra; operands broadcast as in NumPy. */
public sealed interface Elementwise permits Expr {

  /** {@code this + other}. */
  default Expr plus(Expr other) {
    Expr self = (Expr) this;
    if (other.isConstant(0) && dropsOut(self, other)) {
      return self;
    }
    return self.isConstant(0) && dropsOut(other, self) ? other : Expr.of(Binary.ADD, self, other);
  }

  /** {@code this + number}. */
  default Expr plus(double number) {
    return plus(Expr.constant(number));
  }

  /** {@code this - other}. */
  default Expr minus(Expr other) {
    Expr self = (Expr) this;
    return other.isConstant(0) && dropsOut(self, other)
        ? self
        : Expr.of(Binary.SUBTRACT, self, other);
  }

  /** {@code this - number}. */
  default Expr minus(double number) {
    return minus(Expr.constant(number));
  }

  /** {@code this * other}, element by element. */
  default Expr times(Expr other) {
    Expr self = (Expr) this;
    if (other.isConstant(1) && dropsOut(self, other)) {
      return self;
    }
    return self.isConstant(1) && dropsOut(other, self)
        ? other
        : Expr.of(Binary.MULTIPLY, self, other);
  }

  /** {@code this * number}. */
  default Expr times(double number) {
    return times(Expr.constant(number));
  }

  /** {@code this / other}, element by element. */
  default Expr dividedBy(Expr other) {
    Expr self = (Expr) this;
    return other.isConstant(1) && dropsOut(self, other)
        ? self
        : Expr.of(Binary.DIVIDE, self, other);
  }

  /** {@code this / number}. */
  default Expr dividedBy(double number) {
    return dividedBy(Expr.constant(number));
  }

  /** {@code -this}. */
  default Expr negated() {
    return Expr.of(Unary.NEGATE, (Expr) this);
  }

  /**
   * {@code |this|}; its derivative at zero is taken as zero, the mean of those on both sides. Even
   * powers of it have their true derivatives: {@code abs().squared()} is {@code squared()}.
   */
  default Expr abs() {
    return Expr.of(Unary.ABS, (Expr) this);
  }

  /** -1, 0 or 1; its derivative is zero. */
  default Expr sign() {
    return Expr.of(Unary.SIGN, (Expr) this);
  }

  /** {@code this^2}. */
  default Expr squared() {
    return Expr.of(Unary.SQUARE, (Expr) this);
  }

  /** The square root. Its derivative at zero is infinite: see {@link #guardedSqrt}. */
  default Expr sqrt() {
    return Expr.of(Unary.SQRT, (Expr) this);
  }

  /**
   * The square root of a number that is not negative, whose derivative at zero, infinite in truth,
   * is taken as zero to any order. Negative numbers, as rounding makes them, count as zero, and
   * have derivatives of zero.
   *
   * <p>Products with this root as a factor have their true derivatives at zero, to any order: in
   * {@code y.squared()} or {@code y.pow(3)} one factor y is cancelled against the root's derivative
   * {@code 1 / (2 y)}. Other functions whose kinks cancel, as {@code y.cos()}, are not recognized:
   * their second derivative at zero lacks what comes through the root. Writing them with the
   * square, here without a root, avoids that.
   */
  default Expr guardedSqrt() {
    return Expr.of(Unary.GUARDED_SQRT, (Expr) this);
  }

  /** {@code 1 / this}. */
  default Expr reciprocal() {
    return Expr.of(Unary.RECIPROCAL, (Expr) this);
  }

  /**
   * {@code this^exponent}. The exponents 0.5 and -0.5 are the square root and its reciprocal, also
   * of minus infinity and of minus zero.
   *
   * @throws IllegalArgumentException if the exponent is not finite
   */
  default Expr pow(double exponent) {
    return exponent == 1 ? (Expr) this : Expr.of(new Power(exponent), (Expr) this);
  }

  /** {@code e^this}. */
  default Expr exp() {
    return Expr.of(Unary.EXP, (Expr) this);
  }

  /** The natural logarithm. */
  default Expr log() {
    return Expr.of(Unary.LOG, (Expr) this);
  }

  /** The sine, in radians. */
  default Expr sin() {
    return Expr.of(Unary.SIN, (Expr) this);
  }

  /** The cosine, in radians. */
  default Expr cos() {
    return Expr.of(Unary.COS, (Expr) this);
  }

  /** The hyperbolic tangent. */
  default Expr tanh() {
    return Expr.of(Unary.TANH, (Expr) this);
  }

  /** {@code 1 / (1 + exp(-this))}. */
  default Expr sigmoid() {
    return Expr.of(Unary.SIGMOID, (Expr) this);
  }

  /** {@code log(1 + exp(this))}, without overflow. */
  default Expr softplus() {
    return Expr.of(Unary.SOFTPLUS, (Expr) this);
  }

  /**
   * {@code max(this, 0)}; its derivative at zero is taken as zero, as that of {@link
   * #maximum(double) maximum(0)}.
   */
  default Expr relu() {
    return Expr.of(Unary.RELU, (Expr) this);
  }

  /** 1 where {@code this > 0}, else 0; its derivative is zero. */
  default Expr heaviside() {
    return Expr.of(Unary.HEAVISIDE, (Expr) this);
  }

  /** The greatest whole number not above; its derivative is taken as zero. */
  default Expr floor() {
    return Expr.of(Unary.FLOOR, (Expr) this);
  }

  /**
   * The larger of two, not a number if one is none. Where both are equal they share the derivative
   * in halves, as the elements of {@link Reductions#max} do, in whichever order they are written;
   * if one of them is a constant the other one's derivative is zero there, as that of {@link
   * #relu}.
   */
  default Expr maximum(Expr other) {
    return Expr.of(Binary.MAXIMUM, (Expr) this, other);
  }

  /** The larger of this and a number; its derivative is zero where both are equal. */
  default Expr maximum(double number) {
    return maximum(Expr.constant(number));
  }

  /** The smaller of two; at equality as {@link #maximum(Expr)}. */
  default Expr minimum(Expr other) {
    return Expr.of(Binary.MINIMUM, (Expr) this, other);
  }

  /** The smaller of this and a number; its derivative is zero where both are equal. */
  default Expr minimum(double number) {
    return minimum(Expr.constant(number));
  }

  /** 1 where {@code this > other}, else 0. */
  default Expr greaterThan(Expr other) {
    return Expr.of(Binary.GREATER, (Expr) this, other);
  }

  /** 1 where {@code this > number}, else 0. */
  default Expr greaterThan(double number) {
    return greaterThan(Expr.constant(number));
  }

  /** 1 where {@code this >= other}, else 0. */
  default Expr atLeast(Expr other) {
    return Expr.of(Binary.GREATER_OR_EQUAL, (Expr) this, other);
  }

  /** 1 where {@code this >= number}, else 0. */
  default Expr atLeast(double number) {
    return atLeast(Expr.constant(number));
  }

  /** 1 where {@code this < other}, else 0. */
  default Expr lessThan(Expr other) {
    return other.greaterThan((Expr) this);
  }

  /** 1 where {@code this < number}, else 0. */
  default Expr lessThan(double number) {
    return lessThan(Expr.constant(number));
  }

  /** 1 where both are equal, else 0. */
  default Expr equalTo(Expr other) {
    return Expr.of(Binary.EQUAL, (Expr) this, other);
  }

  /**
   * With this expression as a mask: the first where it is not zero, the second elsewhere. All three
   * broadcast to one shape.
   *
   * <p>Both are computed. The value not taken contributes nothing, whatever it is, and its adjoint
   * is zero. Further down, however, a zero adjoint times an infinite slope is not a number: {@code
   * x.greaterThan(0).where(x.log(), zero)} has the derivative NaN at {@code x = 0}. The argument
   * must be kept away from such points as well:
   *
   * <pre>{@code
   * Expr positive = x.greaterThan(0);
   * positive.where(positive.where(x, Expr.constant(1)).log(), zero)
   * }</pre>
   */
  default Expr where(Expr whereTrue, Expr whereFalse) {
    Expr self = (Expr) this;
    Optional<Shape> common =
        self.shape()
            .broadcastWith(whereTrue.shape())
            .flatMap(shape -> shape.broadcastWith(whereFalse.shape()));
    UnaryOperator<Expr> stretched = x -> common.map(x::broadcastTo).orElse(x);
    return Expr.of(
        new Select(),
        stretched.apply(self),
        stretched.apply(whereTrue),
        stretched.apply(whereFalse));
  }

  /** Whether an operand can be dropped by a unit law without changing the shape of the result. */
  private static boolean dropsOut(Expr kept, Expr dropped) {
    return kept.shape().broadcastWith(dropped.shape()).equals(Optional.of(kept.shape()));
  }
}
