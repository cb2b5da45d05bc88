package io.github.bilevel4j.solver.estimator;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Substitution;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.CompiledEstimator;
import io.github.bilevel4j.solver.step.InnerSteps;
import java.util.function.Supplier;

/** An estimate that is one expression of the state before the outer step: nothing to prepare. */
record SymbolicEstimate(
    String formula,
    Vector innerSolution,
    Vector hypergradient,
    ImmutableMap<String, Expr> outputs,
    ImmutableList<Update> updates)
    implements CompiledEstimator {
  static final String THROUGH_STEPS =
      "d/dtheta of F at the result of the inner steps, through the steps";

  /** The estimate of a problem whose inner solution and hypergradient are the given expressions. */
  static SymbolicEstimate of(BilevelProblem problem, Vector innerSolution, Vector hypergradient) {
    Substitution atStart =
        Substitution.of(problem.inner().variables(), InnerSteps.start(problem.inner()));
    ImmutableMap.Builder<String, Expr> terms = ImmutableMap.builder();
    problem
        .inner()
        .objective()
        .values()
        .forEach((name, value) -> terms.put("inner/" + name, atStart.apply(value)));
    return new SymbolicEstimate(
        THROUGH_STEPS,
        innerSolution,
        hypergradient,
        terms.buildOrThrow(),
        Update.of(problem.inner().variables(), innerSolution));
  }

  @Override
  public ImmutableMap<String, Double> prepare(Feed feed, Supplier<Feed> innerFeeds) {
    return ImmutableMap.of();
  }

  @Override
  public void restore() {}

  @Override
  public ImmutableList<Stage> stages() {
    return ImmutableList.of();
  }
}
