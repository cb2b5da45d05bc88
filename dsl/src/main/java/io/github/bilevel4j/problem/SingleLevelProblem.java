package io.github.bilevel4j.problem;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Iterables;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.problem.internal.TextReport;
import java.util.List;
import java.util.Set;

/** An ordinary minimization: one objective over one set of variables. */
public record SingleLevelProblem(
    String name,
    Variables variables,
    Objective objective,
    Optimizer optimizer,
    ImmutableList<Update> updates) {

  /**
   * Checks the problem.
   *
   * @throws UsageError if there are no variables, a term or a variable is without effect, or an
   *     update assigns one of the variables
   */
  public SingleLevelProblem {
    Validation validation = new Validation(name);
    Set<Expr> leaves = Validation.leaves(variables);
    validation.requireVariables("objective", variables);
    validation.requireTermsReach("objective", objective, "variables", leaves);
    validation.requireReached("objective", objective, variables);
    validation.requireUpdatesElsewhere(updates, leaves);
  }

  /**
   * With updates that are made in the same step, from the values before it: running statistics,
   * moving averages, counters.
   */
  public SingleLevelProblem updating(List<Update> more) {
    return new SingleLevelProblem(
        name,
        variables,
        objective,
        optimizer,
        ImmutableList.copyOf(Iterables.concat(updates, more)));
  }

  /** A few aligned lines: objective, variables, optimizer. */
  @Override
  public String toString() {
    return new TextReport(name + ": minimization", 2, 14)
        .line("over", TextReport.count(variables))
        .lines("objective", objective.terms())
        .line("stepped by", optimizer.description())
        .toString();
  }
}
