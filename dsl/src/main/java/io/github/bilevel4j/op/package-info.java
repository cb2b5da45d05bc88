/**
 * The primitives: immutable values that carry their static attributes and their shape rule. The set
 * is closed under differentiation; derivative rules and lowering live in tables of their own.
 */
package io.github.bilevel4j.op;
