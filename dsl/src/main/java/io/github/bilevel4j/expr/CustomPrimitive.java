package io.github.bilevel4j.expr;

import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.op.CustomOp;

/**
 * A primitive of the user's own: a function that cannot be composed from this library's, or only
 * slowly. Its three parts are the shape rule ({@link #shape}), the derivative ({@link #adjoint})
 * and the lowering, which belongs to an engine. For TensorFlow, implement {@code
 * io.github.bilevel4j.backend.tensorflow.TensorFlowPrimitive}, which extends this interface and
 * shows a complete example.
 *
 * <p>An implementation should be a record of its static attributes: equal primitives on equal
 * inputs are computed once. It is applied by {@link Expr#of(io.github.bilevel4j.op.Op, Expr...)}.
 *
 * <p>A function that can be composed, but is to be differentiated in another way, needs no
 * primitive: see {@link Expr#withGradientOf}.
 */
public interface CustomPrimitive extends CustomOp {

  /**
   * The derivative, transposed: for {@code y = op(x_0, x_1, ...)} and the adjoint {@code a = d s /
   * d y} of a scalar s, {@code d s / d x_i} as far as it goes through y. It is linear in a, and
   * written with primitives that have derivatives themselves, this one included, so that
   * derivatives of every order exist. It is not asked for inputs where {@link
   * #isDifferentiableIn(int)} is false.
   *
   * <p>Without an own implementation the primitive can be computed, but not differentiated.
   *
   * @param y the node, with the inputs {@code y.input(0), ...} in the shapes in which they were
   *     given
   * @param i the position of the input
   * @param a the adjoint of y, in its shape
   * @return in the shape of {@code y.input(i)}, or in one to which that broadcasts: then it is
   *     summed over the axes along which the input was stretched
   * @throws IllegalArgumentException if it is not implemented
   */
  default Expr adjoint(Expr y, int i, Expr a) {
    throw UsageError.in("gradient")
        .because("the primitive \"%s\" has no derivative", label())
        .row("expression", y.label(), y.shape().toString())
        .row("input " + i, y.input(i).label(), y.input(i).shape().toString())
        .maybe(
            "%s should implement adjoint, or detached() or withGradientOf(...) is missing.",
            getClass().getSimpleName());
  }
}
