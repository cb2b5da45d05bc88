/**
 * Expressions: interned immutable nodes with static shapes, written with a fluent algebra; named
 * variables as structured vectors; random keys; primitives of the user's own; substitution and
 * printing.
 */
package io.github.bilevel4j.expr;
