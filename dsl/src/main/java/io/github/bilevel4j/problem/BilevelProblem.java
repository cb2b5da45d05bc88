package io.github.bilevel4j.problem;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Iterables;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Variables;
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
 */
public record BilevelProblem(
    String name,
    InnerLevel inner,
    OuterLevel outer,
    Hypergradient hypergradient,
    ImmutableList<Update> updates) {

  /**
   * Checks the problem.
   *
   * @throws IllegalArgumentException if a level has no variables; both levels have the same one; a
   *     term or a variable is without effect; the outer objective does not depend on the inner
   *     variables; the inner solution does not depend on the outer variables in the way that the
   *     estimator differentiates; or an update assigns a variable of either level
   */
  public BilevelProblem {
    Validation validation = new Validation(name);
    validation.requireVariables("inner level", inner.variables());
    validation.requireVariables("outer level", outer.variables());
    validation.requireDisjoint(inner.variables(), outer.variables());
    validation.requireTermsReach(
        "inner objective", inner.objective(), "inner variables", inner.variables());
    validation.requireReached("inner objective", inner.objective(), inner.variables());
    validation.requireTermsReach(
        "outer objective",
        outer.objective(),
        "variables of either level",
        Validation.union(inner.variables(), outer.variables()));
    validation.requireDependence(outer.objective(), inner.variables());
    validation.requireCoupling(inner, outer, hypergradient);
    validation.requireOuterReached(inner, outer, hypergradient);
    hypergradient.requireSuits(inner);
    validation.requireUpdatesElsewhere(
        updates, Validation.union(inner.variables(), outer.variables()));
  }

  /**
   * With updates that are made together with the outer step: running statistics, moving averages,
   * counters. Their values may use the inner variables, which then stand for the inner solution.
   */
  public BilevelProblem updating(List<Update> more) {
    return new BilevelProblem(
        name, inner, outer, hypergradient, ImmutableList.copyOf(Iterables.concat(updates, more)));
  }

  /** The same problem with another estimator. */
  public BilevelProblem differentiatedBy(Hypergradient other) {
    return new BilevelProblem(name, inner, outer, other, updates);
  }

  /** The same problem with a function applied to all expressions of its objectives and updates. */
  public BilevelProblem map(UnaryOperator<Expr> function) {
    return new BilevelProblem(
        name,
        new InnerLevel(
            inner.variables(),
            inner.objective().map(function),
            inner.start(),
            inner.steps(),
            inner.optimizer()),
        new OuterLevel(outer.variables(), outer.objective().map(function), outer.optimizer()),
        hypergradient,
        updates.stream()
            .map(update -> new Update(update.variable(), function.apply(update.value())))
            .collect(ImmutableList.toImmutableList()));
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
    return new Sheet(name + ": bi-level problem")
        .line("outer over", Sheet.count(outer.variables()))
        .lines("objective", outer.objective().terms())
        .line("stepped by", outer.optimizer().description())
        .line("inner over", Sheet.count(inner.variables()))
        .lines("objective", inner.objective().terms())
        .line("solved by", inner.solver())
        .line("starting", inner.start().isPresent() ? "at a given point" : "warm")
        .line("hypergradient", hypergradient.description())
        .toString();
  }
}
