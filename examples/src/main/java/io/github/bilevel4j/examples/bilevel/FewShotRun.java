package io.github.bilevel4j.examples.bilevel;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.optimizer.Adam;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.problem.Objective;
import io.github.bilevel4j.problem.SingleLevel;
import io.github.bilevel4j.run.Training;
import io.github.bilevel4j.solver.BilevelSolver;
import io.github.bilevel4j.solver.SingleLevelSolver;
import io.github.bilevel4j.solver.Solver;

/** Trains where few-shot learning starts, and tries it on 500 tasks, the same ones each time. */
public final class FewShotRun {
  private static final int TRIED_BATCHES = 20;

  private final ImplicitMaml maml;
  private final long seed;
  private final int steps;
  private final Engine engine;
  private final BilevelProblem problem;
  private final BilevelSolver solver;
  private final Program errors;

  /** A run of so many steps from random parameters; one for each engine. */
  public FewShotRun(
      int shots, int steps, HypergradientEstimator estimator, long seed, Engine engine) {
    this.maml = ImplicitMaml.of(25, shots, seed);
    this.seed = seed;
    this.steps = steps;
    this.engine = engine;
    this.problem = maml.problem(steps, estimator);
    this.solver = BilevelSolver.of(problem, engine);
    this.errors =
        engine.compile(
            Step.named("errors")
                .output("before", maml.queryError(maml.start()))
                .output("after", maml.queryError(maml.phi().vector())));
  }

  /** Meta-learning on batches of new tasks. */
  public Training.Outcome learn(Training training) {
    return learn(solver, training);
  }

  /** Learning on the same batches as if they were one task, without adaptation. */
  public Training.Outcome pool(Training training) {
    Objective error = Objective.of("error", maml.queryError(maml.start()));
    Solver pooled =
        SingleLevelSolver.of(
            SingleLevel.problem("pooled")
                .over(maml.theta())
                .minimize(error)
                .steppedBy(Adam.rate(1e-3)),
            engine);
    return learn(new Pooled(pooled), training);
  }

  /** Takes what it needs of the tasks. */
  private final class Pooled implements Solver {
    private final Solver pooled;

    Pooled(Solver pooled) {
      this.pooled = pooled;
    }

    @Override
    public ImmutableMap<String, Double> step(Feed feed) {
      return pooled.step(feed.limitedTo(errors));
    }

    @Override
    public Variables state() {
      return pooled.state();
    }
  }

  private Training.Outcome learn(Solver learner, Training training) {
    TaskStream tasks = new TaskStream();
    return training.run(learner, steps, tasks::at);
  }

  /** The batches of tasks in their order, in which none can be drawn before those ahead of it. */
  private final class TaskStream {
    private final Draws draws = new Draws(seed);
    private int drawn;

    Feed at(int step) {
      for (; drawn < step; drawn++) {
        maml.tasks().drawn(draws);
      }
      drawn++;
      return maml.tasks().drawn(draws);
    }
  }

  /**
   * The mean squared error on the other points of tasks.
   *
   * @param before at the start itself
   * @param after adapting to the few points
   */
  public record Errors(double before, double after) {}

  /** The errors on 500 tasks that no step has seen. */
  public Errors tried() {
    Draws draws = new Draws(~seed);
    double sumBefore = 0;
    double sumAfter = 0;
    for (int batch = 0; batch < TRIED_BATCHES; batch++) {
      Feed tasks = maml.tasks().drawn(draws);
      solver.hypergradient(tasks);
      Results found = errors.run(tasks.limitedTo(errors));
      sumBefore += found.scalar("before");
      sumAfter += found.scalar("after");
    }
    return new Errors(sumBefore / TRIED_BATCHES, sumAfter / TRIED_BATCHES);
  }

  /** The problem. */
  public BilevelProblem problem() {
    return problem;
  }
}
