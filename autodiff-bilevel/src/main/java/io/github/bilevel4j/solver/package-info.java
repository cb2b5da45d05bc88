/**
 * Solvers: they turn problems into steps, estimate hypergradients and report how well. All state
 * stays on the engine's device; only scalars reach the host.
 */
package io.github.bilevel4j.solver;
