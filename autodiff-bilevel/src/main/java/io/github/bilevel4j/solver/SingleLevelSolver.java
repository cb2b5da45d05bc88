package io.github.bilevel4j.solver;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.SingleLevelProblem;
import io.github.bilevel4j.solver.step.MicroBatches;
import io.github.bilevel4j.solver.step.StatefulOptimizer;
import io.github.bilevel4j.solver.step.internal.Measurements;

/** Minimizes a single objective: one run of one compiled step per step. */
public final class SingleLevelSolver implements Solver {
  private final String problem;
  private final Program program;

  private SingleLevelSolver(String problem, Program program) {
    this.problem = problem;
    this.program = program;
  }

  /**
   * Compiles a problem.
   *
   * @param engine for whole batches, or {@link MicroBatches}
   */
  public static SingleLevelSolver of(SingleLevelProblem problem, Engine engine) {
    Vector gradient =
        Derivatives.gradient(problem.objective().total(), problem.variables().vector());
    StatefulOptimizer optimizer =
        new StatefulOptimizer(problem.name(), problem.variables(), problem.optimizer());
    Step step =
        Step.named(problem.name())
            .outputs(
                Measurements.means(
                    engine,
                    ImmutableMap.<String, Expr>builder()
                        .putAll(problem.objective().values())
                        .put("total", problem.objective().total())
                        .buildOrThrow()))
            .updating(optimizer.along(engine.batchMean(gradient)))
            .updating(Measurements.means(engine, problem.updates()));
    return new SingleLevelSolver(problem.name(), engine.compile(step));
  }

  @Override
  public ImmutableMap<String, Double> step(Feed feed) {
    BilevelSolver.requireUsed(problem, feed, program.inputs());
    return Measurements.of(program.run(feed));
  }
}
