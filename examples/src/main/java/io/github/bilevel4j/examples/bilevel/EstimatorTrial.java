package io.github.bilevel4j.examples.bilevel;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.examples.bench.Agreement;
import io.github.bilevel4j.examples.bench.Timing;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.HypergradientEstimator;
import io.github.bilevel4j.shape.Array;
import io.github.bilevel4j.solver.BilevelSolver;
import java.util.Map;

/**
 * How well and how fast an estimator differentiates a problem whose answer is known.
 *
 * @param agreement with the exact hypergradient
 * @param seconds the median time of an estimate
 */
public record EstimatorTrial(Agreement agreement, double seconds) {
  private static final double SLOW = 0.2;

  /**
   * Tries an estimator at the outer variables' first values. The inner variables are at their
   * solution to begin with.
   *
   * @param innerSteps made by each estimate
   * @param runs to be timed, at most; one if an estimate takes longer than 0.2 s
   */
  public static EstimatorTrial of(
      SolvedProblem example,
      int innerSteps,
      HypergradientEstimator estimator,
      int runs,
      Engine engine) {
    BilevelProblem problem = example.problem(innerSteps, estimator);
    Vector theta = problem.outerVariables().vector();
    ImmutableMap<String, Array> exact =
        engine
            .compile(
                Step.named("exact")
                    .outputs(Derivatives.gradient(example.value(problem), theta).components())
                    .updating(Update.of(problem.innerVariables(), example.innerSolution())))
            .run()
            .all();
    BilevelSolver solver = BilevelSolver.of(problem, engine);
    Map<String, Runnable> estimate = Map.of("estimate", () -> solver.hypergradient(Feed.none()));
    Timing first = Timing.byTurns(1, estimate).get("estimate");
    Timing time = first.median() > SLOW ? first : Timing.byTurns(runs, estimate).get("estimate");
    // Afterwards, so that methods that improve from estimate to estimate have come to rest.
    Agreement agreement = Agreement.of(solver.hypergradient(Feed.none()), exact);
    return new EstimatorTrial(agreement, time.median());
  }
}
