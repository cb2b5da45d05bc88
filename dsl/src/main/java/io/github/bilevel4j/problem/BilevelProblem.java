package io.github.bilevel4j.problem;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Iterables;
import com.google.common.collect.Sets;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Substitution;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.internal.TextReport;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * The bi-level problem
 *
 * <pre>
 * min over theta of F(theta, phi*(theta))   subject to   phi*(theta) = argmin over phi of G(phi, theta)
 * </pre>
 *
 * with the way in which each level is solved and differentiated. It is validated when it is built,
 * before any native library is loaded.
 *
 * <p>With lower levels it is a problem of three or more: in the objectives above a lower level its
 * variables {@code z} stand for {@code z_T(phi, theta)}, the result of its steps. The derivative
 * through these steps is exact, whatever the estimator of the inner level.
 *
 * @param lower the levels below the inner one, deepest first
 * @param updates made together with the outer step
 */
public record BilevelProblem(
    String name,
    ImmutableList<InnerLevel> lower,
    InnerLevel inner,
    OuterLevel outer,
    HypergradientEstimator hypergradient,
    ImmutableList<Update> updates) {

  /**
   * Checks the problem.
   *
   * @throws UsageError if a level has no variables; two levels have the same one; a term or a
   *     variable is without effect; levels side by side read each other; the objectives above do
   *     not depend on the variables of a level; the inner solution does not depend on the outer
   *     variables in the way that the estimator differentiates; or an update assigns a variable of
   *     a level
   */
  public BilevelProblem {
    Validation validation = new Validation(name);
    validation.requireVariables("outer level", outer.variables());
    ImmutableList<InnerLevel> all =
        ImmutableList.<InnerLevel>builder().addAll(lower).add(inner).build();
    for (InnerLevel level : all) {
      validation.requireVariables(
          level.equals(inner) ? "inner level" : "lower level", level.variables());
    }
    validation.requireDisjoint(all, outer);
    validation.requireOrder(all, outer);

    DependencyProbe standIns = DependencyProbe.none();
    for (int i = 0; i < lower.size(); i++) {
      InnerLevel level = lower.get(i).map(standIns::apply);
      validation.requireSolvable("lower", level);
      validation.requireLower(level, all.subList(i + 1, all.size()), outer);
      standIns = standIns.and(level);
    }
    InnerLevel below = inner.map(standIns::apply);
    OuterLevel above = outer.map(standIns::apply);
    validation.requireSolvable("inner", below);
    validation.requireTermsReach(
        "outer objective",
        above.objective(),
        "variables of either level",
        Sets.union(Validation.leaves(below.variables()), Validation.leaves(above.variables())));
    validation.requireDependence(above.objective(), below);
    validation.requireCoupling(below, above, hypergradient);
    hypergradient.requireSuits(below, above);
    for (InnerLevel level : all) {
      validation.requireUpdatesElsewhere(updates, Validation.leaves(level.variables()));
    }
    validation.requireUpdatesElsewhere(updates, Validation.leaves(outer.variables()));
  }

  /**
   * With updates that are made together with the outer step: running statistics, moving averages,
   * counters. Their values may use the inner variables, which then stand for the inner solution.
   */
  public BilevelProblem updating(List<Update> more) {
    return new BilevelProblem(
        name,
        lower,
        inner,
        outer,
        hypergradient,
        ImmutableList.copyOf(Iterables.concat(updates, more)));
  }

  /** The same problem with another estimator. */
  public BilevelProblem differentiatedBy(HypergradientEstimator other) {
    return new BilevelProblem(name, lower, inner, outer, other, updates);
  }

  /** The same problem with a function applied to all expressions of its objectives and updates. */
  public BilevelProblem map(UnaryOperator<Expr> function) {
    return new BilevelProblem(
        name,
        lower.stream().map(level -> level.map(function)).collect(ImmutableList.toImmutableList()),
        inner.map(function),
        outer.map(function),
        hypergradient,
        updates.stream()
            .map(update -> new Update(update.variable(), function.apply(update.value())))
            .collect(ImmutableList.toImmutableList()));
  }

  /**
   * The problem without its deepest level, whose solution, an expression of the variables above and
   * of its own first values, takes the place of its variables. They are assigned the solution
   * together with the outer step.
   *
   * @throws UsageError if there is no lower level
   */
  public BilevelProblem withLowestAt(Vector solution) {
    if (lower.isEmpty()) {
      throw UsageError.in("problem \"" + name + "\"")
          .because("there is no level below the inner one")
          .maybe("the inner level's solution is the estimator's.");
    }
    Variables solved = lower.get(0).variables();
    Substitution at = Substitution.of(solved, solution);
    return new BilevelProblem(
        name,
        lower.stream()
            .skip(1)
            .map(level -> level.map(at::apply))
            .collect(ImmutableList.toImmutableList()),
        inner.map(at::apply),
        outer.map(at::apply),
        hypergradient,
        ImmutableList.<Update>builder()
            .addAll(
                updates.stream()
                    .map(update -> new Update(update.variable(), at.apply(update.value())))
                    .toList())
            .addAll(Update.of(solved, solution))
            .build());
  }

  /** The inner variables. */
  public Variables innerVariables() {
    return inner.variables();
  }

  /** The outer variables. */
  public Variables outerVariables() {
    return outer.variables();
  }

  /** A few aligned lines: objectives term by term, variables, solver, estimator. */
  @Override
  public String toString() {
    TextReport page =
        new TextReport(
            name
                + (lower.isEmpty()
                    ? ": bi-level problem"
                    : ": problem of " + (lower.size() + 2) + " levels"),
            2,
            14);
    page.line("outer over", TextReport.count(outer.variables()))
        .lines("objective", outer.objective().terms())
        .line("stepped by", outer.optimizer().description());
    inner.parts().forEach(part -> print(page, "inner", part));
    for (InnerLevel level : lower.reverse()) {
      level.parts().forEach(part -> print(page, "lower", part));
    }
    return page.line("hypergradient", hypergradient.description()).toString();
  }

  private static void print(TextReport page, String rank, InnerLevel level) {
    page.line(rank + " over", TextReport.count(level.variables()))
        .lines("objective", level.objective().terms())
        .line("solved by", level.solver())
        .line("starting", level.start().isPresent() ? "at a given point" : "warm");
  }
}
