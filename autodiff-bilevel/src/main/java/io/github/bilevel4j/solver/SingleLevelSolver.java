package io.github.bilevel4j.solver;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.SingleLevelProblem;
import io.github.bilevel4j.solver.step.StatefulOptimizer;
import io.github.bilevel4j.solver.step.internal.Measurements;

/** Minimizes a single objective: one run of one compiled step per step. */
public final class SingleLevelSolver implements Solver {
  private final Program program;

  private SingleLevelSolver(Program program) {
    this.program = program;
  }

  /** Compiles a problem. */
  public static SingleLevelSolver of(SingleLevelProblem problem, Engine engine) {
    Vector gradient =
        Derivatives.gradient(problem.objective().total(), problem.variables().vector());
    StatefulOptimizer descent =
        new StatefulOptimizer(problem.name(), problem.variables(), problem.optimizer());
    Step step =
        Step.named(problem.name())
            .outputs(problem.objective().values())
            .output("total", problem.objective().total())
            .updating(descent.along(gradient))
            .updating(problem.updates());
    return new SingleLevelSolver(engine.compile(step));
  }

  @Override
  public ImmutableMap<String, Double> step(Feed feed) {
    return Measurements.of(program.run(feed));
  }
}
