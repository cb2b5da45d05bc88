/**
 * The derivative rules: one table per theme, one formula per input of each primitive. Every formula
 * is an expression in primitives that have rules themselves, so derivatives of any order exist.
 */
package io.github.bilevel4j.autodiff.rule;
