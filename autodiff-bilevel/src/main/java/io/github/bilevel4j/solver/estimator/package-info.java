/**
 * Estimators of hypergradients: implicit, of a fixed point, through the inner steps, first order.
 */
package io.github.bilevel4j.solver.estimator;
