package io.github.bilevel4j.op;

import io.github.bilevel4j.shape.Shape;
import java.util.List;
import java.util.Locale;

/** Functions of one real number, element by element. */
public enum Unary implements Op {
  /** {@code -x}. */
  NEGATE,
  /**
   * {@code |x|}; its derivative at zero is taken as zero, the mean of those on both sides. Factors
   * {@code |x|} of what is differentiated cancel, so that {@code |x|^2} has the derivatives of
   * {@code x^2}.
   */
  ABS,
  /** -1, 0 or 1, or no number if x is none; its derivative is zero. */
  SIGN,
  /** {@code x^2}. */
  SQUARE,
  /** {@code x^(1/2)}; its derivative is infinite at zero. */
  SQRT,
  /**
   * {@code x^(1/2)} for positive numbers, zero for others; its derivatives where it is zero are
   * taken as zero. Factors {@code y = x^(1/2)} of what is differentiated cancel against that of the
   * derivative {@code 1 / (2 y)}, so that {@code y^2}, and what else is smooth by such factors, has
   * its true derivatives.
   */
  GUARDED_SQRT,
  /** {@code 1 / x}. */
  RECIPROCAL,
  /** {@code e^x}. */
  EXP,
  /** Natural logarithm. */
  LOG,
  /** Sine, of radians. */
  SIN,
  /** Cosine, of radians. */
  COS,
  /** Hyperbolic tangent. */
  TANH,
  /** {@code 1 / (1 + exp(-x))}. */
  SIGMOID,
  /** {@code log(1 + exp(x))}, computed without overflow. */
  SOFTPLUS,
  /**
   * {@code max(x, 0)}; its derivative at zero, and where x is not a number, is taken as zero, as
   * that of {@link Binary#MAXIMUM} with the number zero.
   */
  RELU,
  /** 1 where {@code x > 0}, else 0, also where x is not a number; its derivative is zero. */
  HEAVISIDE,
  /** The greatest integer not above x; its derivative is zero. */
  FLOOR;

  @Override
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  @Override
  public Shape shape(List<? extends Operand> operands) {
    return operands.get(0).shape();
  }

  @Override
  public boolean isDifferentiableIn(int input) {
    return this != SIGN && this != HEAVISIDE && this != FLOOR;
  }
}
