package io.github.bilevel4j.solver.estimator;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.CompiledEstimator;
import io.github.bilevel4j.solver.step.InnerSolve;
import java.util.function.Supplier;

/**
 * An estimate that is one expression of what the inner steps have left in the inner variables.
 *
 * @param formula of the hypergradient, see {@link CompiledEstimator#formula}
 * @param solve the inner steps
 * @param innerSolution where they end
 * @param hypergradient the estimate there
 * @param outputs what the outer step reports besides
 * @param updates what the outer step assigns besides
 */
public record SolvedEstimate(
    String formula,
    InnerSolve solve,
    Vector innerSolution,
    Vector hypergradient,
    ImmutableMap<String, Expr> outputs,
    ImmutableList<Update> updates)
    implements CompiledEstimator {

  /** An estimate that neither reports nor assigns anything in the outer step. */
  public static SolvedEstimate of(
      String formula, InnerSolve solve, Vector innerSolution, Vector hypergradient) {
    return new SolvedEstimate(
        formula, solve, innerSolution, hypergradient, ImmutableMap.of(), ImmutableList.of());
  }

  @Override
  public ImmutableMap<String, Double> prepare(Feed feed, Supplier<Feed> innerFeeds) {
    return solve.run(feed, innerFeeds);
  }

  @Override
  public void restore() {
    solve.restore();
  }

  @Override
  public ImmutableList<Stage> stages() {
    return solve.stages();
  }
}
