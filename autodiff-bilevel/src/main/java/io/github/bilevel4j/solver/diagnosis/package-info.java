/**
 * What a solver tells of itself: what it will do, how good a hypergradient is, whether it is right.
 */
package io.github.bilevel4j.solver.diagnosis;
