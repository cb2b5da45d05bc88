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
import io.github.bilevel4j.solver.step.StatefulOptimizer;
import io.github.bilevel4j.solver.step.internal.Measurements;
import java.util.List;

/** A single objective minimized with the gradient accumulated over micro-batches. */
final class AccumulatingDescent implements AccumulatingSolver {
  private static final String GRADIENT = "gradient";
  private static final String UPDATES = "updates";

  private final MicroBatches expected;
  private final BatchMean mean;
  private final Program apply;

  AccumulatingDescent(SingleLevelProblem problem, Engine engine) {
    Expr total = problem.objective().total();
    Vector gradient = Derivatives.gradient(total, problem.variables().vector());
    AccumulatedUpdates updates = AccumulatedUpdates.of(problem.updates());
    mean =
        new BatchMean(
            problem.name(),
            ImmutableMap.of(GRADIENT, gradient, UPDATES, updates.values()),
            ImmutableMap.<String, Expr>builder()
                .putAll(problem.objective().values())
                .put("total", total)
                .buildOrThrow(),
            engine);
    StatefulOptimizer descent =
        new StatefulOptimizer(problem.name(), problem.variables(), problem.optimizer());
    apply =
        engine.compile(
            Step.named(problem.name() + "/apply")
                .updating(descent.along(mean.of(GRADIENT)))
                .updating(updates.with(mean.of(UPDATES))));
    expected = MicroBatches.of(problem.name(), List.of(mean.program()));
  }

  @Override
  public ImmutableMap<String, Double> step(List<Feed> microBatches) {
    expected.require(microBatches);
    ImmutableMap<String, Double> report = mean.over(microBatches);
    Measurements.requireFinite("step", report);
    apply.run();
    return report;
  }
}
