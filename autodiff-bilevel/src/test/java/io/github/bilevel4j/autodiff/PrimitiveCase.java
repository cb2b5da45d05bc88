package io.github.bilevel4j.autodiff;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Op;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.shape.Shape;

/**
 * A primitive with inputs at which it is differentiable.
 *
 * @param op the primitive with its static attributes
 * @param inputs values for all inputs
 * @param fixed the positions of inputs that do not vary: indices, masks and counters
 * @param behavior how the result varies with the other inputs
 */
public record PrimitiveCase(
    Op op, ImmutableList<Array> inputs, ImmutableSet<Integer> fixed, Behavior behavior) {

  /** How a result varies with the inputs. */
  public enum Behavior {
    /** Smooth near the given inputs. */
    SMOOTH,
    /** A polynomial of degree four or less everywhere. */
    POLYNOMIAL,
    /** Smooth near the given inputs, square matrices, as long as they stay symmetric. */
    SYMMETRIC
  }

  static PrimitiveCase smooth(Op op, Array... inputs) {
    return of(Behavior.SMOOTH, op, inputs);
  }

  static PrimitiveCase polynomial(Op op, Array... inputs) {
    return of(Behavior.POLYNOMIAL, op, inputs);
  }

  static PrimitiveCase symmetric(Op op, Array... inputs) {
    return of(Behavior.SYMMETRIC, op, inputs);
  }

  PrimitiveCase fixing(Integer... positions) {
    return new PrimitiveCase(op, inputs, ImmutableSet.copyOf(positions), behavior);
  }

  /** The shape of the result. */
  Shape resultShape() {
    return op.shape(inputs.stream().map(Expr::constant).toList());
  }

  private static PrimitiveCase of(Behavior behavior, Op op, Array... inputs) {
    return new PrimitiveCase(op, ImmutableList.copyOf(inputs), ImmutableSet.of(), behavior);
  }

  @Override
  public String toString() {
    return op + " of " + inputs.stream().map(Array::shape).toList();
  }
}
