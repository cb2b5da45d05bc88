/**
 * Methods for linear systems {@code A x = b} whose matrix is known by its products alone, as pure
 * functions on expressions: the same method runs on any device, several iterations at a time.
 */
package io.github.bilevel4j.solver.linear;
