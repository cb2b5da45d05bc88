package org.example;

import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.solver.linear.Iterate;
import io.github.bilevel4j.solver.linear.LinearSolver;
import io.github.bilevel4j.solver.linear.LinearSystem;

/**
 * A linear method for implicit differentiation: Richardson's iteration {@code x <- x + step (b - A
 * x)}. What an iteration hands to the next is kept by name.
 */
public record Richardson(double step, int iterations) implements LinearSolver {
  private static final String RESIDUAL = "residual";

  @Override
  public Iterate start(LinearSystem system) {
    return Iterate.at(system.start()).with(RESIDUAL, system.startingResidual());
  }

  @Override
  public Iterate next(LinearSystem system, Iterate now) {
    Vector move = now.vector(RESIDUAL).times(step);
    return Iterate.at(now.solution().plus(move))
        .with(RESIDUAL, now.vector(RESIDUAL).minus(system.times(move)));
  }

  @Override
  public int iterationsFor(long dimension) {
    return iterations;
  }

  @Override
  public String description() {
    return "Richardson, step " + step + ", " + iterations + " iterations";
  }
}
