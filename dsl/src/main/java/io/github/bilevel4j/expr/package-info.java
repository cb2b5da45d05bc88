/**
 * Expressions: interned immutable nodes with static shapes, written with a fluent algebra; named
 * variables as structured vectors; substitution and printing.
 */
package io.github.bilevel4j.expr;
