/**
 * Differentiation of expressions: the reverse sweep, the expansion of symbolic gradients to any
 * order, and products with Jacobians and Hessians; and their batching along one more axis.
 */
package io.github.bilevel4j.autodiff;
