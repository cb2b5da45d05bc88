package io.github.bilevel4j.expr;

/**
 * The k largest elements along an axis, the largest first.
 *
 * @param values the elements
 * @param indices their positions along the axis, whole numbers in the shape of the values
 */
public record TopK(Expr values, Expr indices) {}
