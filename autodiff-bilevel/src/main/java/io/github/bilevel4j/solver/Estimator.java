package io.github.bilevel4j.solver;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.HypergradientEstimator;

/** A way to estimate hypergradients that {@link BilevelSolver} can carry out. */
public interface Estimator extends HypergradientEstimator {

  /** The estimate for a problem, with whatever it has to compile on the engine. */
  CompiledEstimator of(BilevelProblem problem, Engine engine);
}
