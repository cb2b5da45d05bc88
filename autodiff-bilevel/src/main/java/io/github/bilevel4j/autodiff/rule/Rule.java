package io.github.bilevel4j.autodiff.rule;

import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.op.Op;

/**
 * The transposed derivative of a primitive: for {@code y = op(x_0, x_1, ...)} and the adjoint
 * {@code a = d s / d y} of its result, the part of {@code d s / d x_i} that goes through this node.
 *
 * <p>A rule is linear in {@code a}. It is never asked for an input in which the primitive is not
 * differentiable. Where {@code x_i} was broadcast, it answers in the broadcast shape; whoever
 * applies the rule sums over the stretched axes.
 *
 * @param <O> the primitive
 */
@FunctionalInterface
public interface Rule<O extends Op> {

  /** The adjoint of input {@code i} of the node {@code y}, whose own adjoint is {@code a}. */
  Expr adjoint(O op, Expr y, int i, Expr a);
}
