package io.github.bilevel4j.solver;

import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.Hypergradient;

/** A way to estimate hypergradients that {@link BilevelSolver} can carry out. */
public interface Estimator extends Hypergradient {

  /** The estimate for a problem, with whatever it has to compile on the engine. */
  Estimate of(BilevelProblem problem, Engine engine);
}
