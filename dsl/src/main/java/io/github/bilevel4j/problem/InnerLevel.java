package io.github.bilevel4j.problem;

import com.google.common.collect.ImmutableList;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * The inner problem {@code min over phi of G(phi, theta)}, and how it is solved: {@code steps}
 * optimizer steps from a starting point. Without a starting point each solve goes on from the last
 * one (warm start). With warm start, estimators that do not follow the steps keep the optimizer's
 * memory from solve to solve; those that do begin each solve with an empty one.
 *
 * @param composed the levels side by side that this one is made of; empty for one by itself
 */
public record InnerLevel(
    Variables variables,
    Objective objective,
    Optional<Vector> start,
    int steps,
    Optimizer optimizer,
    ImmutableList<InnerLevel> composed) {

  /** A level by itself. */
  public InnerLevel(
      Variables variables,
      Objective objective,
      Optional<Vector> start,
      int steps,
      Optimizer optimizer) {
    this(variables, objective, start, steps, optimizer, ImmutableList.of());
  }

  /** The levels side by side, each with its own objective and optimizer; one by itself is one. */
  public ImmutableList<InnerLevel> parts() {
    return composed.isEmpty() ? ImmutableList.of(this) : composed;
  }

  /** The same level with a function applied to the expressions of objective and start. */
  public InnerLevel map(UnaryOperator<Expr> function) {
    return composed.isEmpty()
        ? new InnerLevel(
            variables,
            objective.map(function),
            start.map(point -> point.map(function)),
            steps,
            optimizer)
        : ParallelLevels.together(composed.stream().map(level -> level.map(function)).toList());
  }

  /** For instance {@code 5 x SGD, rate 0.1}. */
  public String solver() {
    if (!composed.isEmpty()) {
      return composed.stream().map(InnerLevel::solver).collect(Collectors.joining("; "));
    }
    return steps == 0 ? optimizer.description() : steps + " x " + optimizer.description();
  }
}
