/**
 * Problems: objectives made of named terms, two levels and how each is solved, validated when they
 * are built; and steps, the simultaneous assignments into which solvers turn them.
 */
package io.github.bilevel4j.problem;
