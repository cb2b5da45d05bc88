package io.github.bilevel4j.op;

/**
 * The opening of the closed set {@link Op}: a primitive defined outside this library. Implement
 * {@link io.github.bilevel4j.expr.CustomPrimitive}, which adds the derivative.
 */
public non-sealed interface CustomOp extends Op {}
