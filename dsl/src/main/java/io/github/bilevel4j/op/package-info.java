/**
 * The primitives: immutable values that carry their static attributes and their shape rule. The set
 * is closed under differentiation; derivative rules and lowering live in tables of their own. A
 * primitive of the user's own is a {@link io.github.bilevel4j.expr.CustomPrimitive}.
 */
package io.github.bilevel4j.op;
