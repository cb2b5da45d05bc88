package io.github.bilevel4j.solver;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.Optimizer;
import io.github.bilevel4j.problem.SingleLevelProblem;
import io.github.bilevel4j.solver.step.LearningRates;
import io.github.bilevel4j.solver.step.MicroBatches;
import io.github.bilevel4j.solver.step.NotFiniteException;
import io.github.bilevel4j.solver.step.StatefulOptimizer;
import io.github.bilevel4j.solver.step.internal.Measurements;
import io.github.bilevel4j.solver.step.internal.SolverState;

/**
 * Minimizes a single objective: one run of one compiled step per step, which assigns nothing if
 * something in it is not finite. All solvers on an engine are used by one thread at a time, as
 * {@link BilevelSolver} says.
 */
public final class SingleLevelSolver implements Solver {
  private final String problem;
  private final Optimizer optimizer;
  private final Engine engine;
  private final NonFiniteLocator locator;
  private final Runaway runaway;
  private final Program program;
  private final Variables state;

  private SingleLevelSolver(
      String problem,
      Optimizer optimizer,
      Engine engine,
      NonFiniteLocator locator,
      Runaway runaway,
      Program program,
      Variables state) {
    this.problem = problem;
    this.optimizer = optimizer;
    this.engine = engine;
    this.locator = locator;
    this.runaway = runaway;
    this.program = program;
    this.state = state;
  }

  /**
   * Compiles a problem.
   *
   * @param engine for whole batches, or {@link MicroBatches}
   */
  public static SingleLevelSolver of(SingleLevelProblem problem, Engine engine) {
    return engine.exclusively(
        "compile \"" + problem.name() + "\"", () -> compiled(problem, engine));
  }

  private static SingleLevelSolver compiled(SingleLevelProblem given, Engine engine) {
    SingleLevelProblem problem = DataParallel.of(given, engine.replicas());
    Vector gradient =
        engine.batchMean(
            Derivatives.gradient(problem.objective().total(), problem.variables().vector()));
    StatefulOptimizer optimizer =
        new StatefulOptimizer(problem.name(), problem.variables(), problem.optimizer());
    ImmutableList<Update> updates =
        ImmutableList.<Update>builder()
            .addAll(optimizer.along(gradient))
            .addAll(Measurements.means(engine, problem.updates()))
            .build();
    NonFiniteLocator locator =
        NonFiniteLocator.ofGradient(problem.name(), gradient, updates, engine);
    Step step =
        Step.named(problem.name())
            .outputs(
                Measurements.means(
                    engine,
                    ImmutableMap.<String, Expr>builder()
                        .putAll(problem.objective().values())
                        .put("total", problem.objective().total())
                        .buildOrThrow()));
    Step guarded = BilevelSolver.ifFinite(locator.watching(step).updating(updates));
    return new SingleLevelSolver(
        problem.name(),
        problem.optimizer(),
        engine,
        locator,
        Runaway.of(problem, engine),
        engine.compile(guarded),
        SolverState.of(ImmutableList.of(guarded), ImmutableSet.of(), engine));
  }

  @Override
  public Variables state() {
    return state;
  }

  @Override
  public ImmutableMap<String, Double> learningRates(int step) {
    return LearningRates.of(optimizer, step);
  }

  /**
   * {@inheritDoc}
   *
   * @throws UsageError if the feed lacks an input or has one that nothing uses
   * @throws NotFiniteException if a term, the gradient or an update is not finite; all variables
   *     keep their values
   */
  @Override
  public ImmutableMap<String, Double> step(Feed feed) {
    BilevelSolver.requireUsed(problem, feed, program.inputs());
    String name = "step of \"" + problem + "\"";
    return engine.exclusively(name, () -> stepped(name, feed));
  }

  private ImmutableMap<String, Double> stepped(String name, Feed feed) {
    try {
      return locator.checked(name, Measurements.of(program.run(feed)), feed);
    } catch (RuntimeException failure) {
      // A step that fails assigns nothing.
      throw runaway.explained(failure, feed, () -> {});
    }
  }
}
