package io.github.bilevel4j.problem;

import com.google.common.collect.ImmutableSet;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Reach;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.shape.Mistake;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What must hold for a problem to be well posed. Each violation is told with its remedy. */
final class Validation {
  private final String problem;

  Validation(String problem) {
    this.problem = "problem \"" + problem + "\"";
  }

  static ImmutableSet<Expr> union(Variables first, Variables second) {
    return ImmutableSet.<Expr>builder()
        .addAll(first.leaves().values())
        .addAll(second.leaves().values())
        .build();
  }

  void requireVariables(String level, Variables variables) {
    if (variables.isEmpty()) {
      throw Mistake.in(problem)
          .because("the %s has no variables", level)
          .maybe("a condition on their names matched none.");
    }
  }

  void requireDisjoint(Variables inner, Variables outer) {
    for (Expr shared : inner.sharedWith(outer)) {
      throw Mistake.in(problem)
          .because("the variable \"%s\" is on both levels", shared.name())
          .maybe(
              "the inner level should have a copy: phi = theta.copy(\"inner\"), startingAt(theta).");
    }
  }

  void requireTermsReach(String role, Objective objective, String kind, Variables variables) {
    requireTermsReach(role, objective, kind, ImmutableSet.copyOf(variables.leaves().values()));
  }

  /** A term without a differentiable path to any variable moves nothing. */
  void requireTermsReach(String role, Objective objective, String kind, Set<Expr> variables) {
    for (Term term : objective.terms()) {
      Reach reach = Reach.of(term.value());
      if (variables.stream().noneMatch(reach::reaches)) {
        boolean mentioned = variables.stream().anyMatch(term.value()::contains);
        throw Mistake.in(problem)
            .because("the term \"%s\" of the %s does not reach the %s", term.name(), role, kind)
            .row("term", term.value().label())
            .maybe(
                "%s",
                mentioned
                    ? "a detached() or a comparison cuts its derivative."
                    : "it was written with other variables.");
      }
    }
  }

  void requireReached(String role, Objective objective, Variables variables) {
    Reach reach = Reach.of(objective.total());
    variables
        .leaves()
        .forEach(
            (name, leaf) -> {
              if (!reach.reaches(leaf)) {
                throw Mistake.in(problem)
                    .because("the %s does not reach the variable \"%s\"", role, name)
                    .row("variable", leaf.name(), leaf.shape().toString())
                    .maybe("it should not be among the variables of this level.");
              }
            });
  }

  void requireDependence(Objective outer, Variables innerVariables) {
    Reach reach = Reach.of(outer.total());
    if (innerVariables.leaves().values().stream().noneMatch(reach::reaches)) {
      throw Mistake.in(problem)
          .because("the outer objective does not depend on the inner variables")
          .row("inner variables", innerVariables.names().toString())
          .maybe("the problem has one level: SingleLevel.problem(...).");
    }
  }

  void requireCoupling(InnerLevel inner, OuterLevel outer, Hypergradient hypergradient) {
    Set<Expr> theta = ImmutableSet.copyOf(outer.variables().leaves().values());
    Reach objective = Reach.of(inner.objective().total());
    if (theta.stream().anyMatch(objective::reaches)) {
      return;
    }
    boolean starts =
        inner.start().stream()
            .flatMap(start -> start.components().values().stream())
            .anyMatch(component -> theta.stream().anyMatch(component::reaches));
    if (!starts) {
      throw Mistake.in(problem)
          .because("the inner problem does not depend on the outer variables")
          .row("outer variables", outer.variables().names().toString())
          .maybe("near(theta, 1 / rate) or startingAt(theta) is missing.");
    }
    if (!hypergradient.followsInnerSteps()) {
      throw Mistake.in(problem)
          .because(
              "the inner minimum does not depend on the outer variables, only its starting point"
                  + " does, so an implicit hypergradient is zero")
          .row("hypergradient", hypergradient.description())
          .maybe("near(theta, 1 / rate) is missing, or Unrolled.exact() was meant.");
    }
  }

  /**
   * Each outer variable must act: in an objective, or, if the inner steps are followed, through the
   * starting point or the optimizer, such as a learned rate.
   */
  void requireOuterReached(InnerLevel inner, OuterLevel outer, Hypergradient hypergradient) {
    List<Expr> seen = new ArrayList<>();
    seen.add(outer.objective().total());
    seen.add(inner.objective().total());
    if (hypergradient.followsInnerSteps()) {
      Vector phi = inner.variables().vector();
      Optimizer.State start = inner.optimizer().start(inner.start().orElse(phi));
      seen.addAll(inner.optimizer().next(start, phi).parameters().components().values());
    }
    List<Reach> reaches = seen.stream().map(Reach::of).toList();
    for (Expr leaf : outer.variables().leaves().values()) {
      if (reaches.stream().noneMatch(reach -> reach.reaches(leaf))) {
        throw Mistake.in(problem)
            .because("neither objective reaches the outer variable \"%s\"", leaf.name())
            .row("variable", leaf.name(), leaf.shape().toString())
            .maybe("it should not be among the variables of this level.");
      }
    }
  }

  void requireUpdatesElsewhere(List<Update> updates, Variables variables) {
    requireUpdatesElsewhere(updates, ImmutableSet.copyOf(variables.leaves().values()));
  }

  void requireUpdatesElsewhere(List<Update> updates, Set<Expr> variables) {
    for (Update update : updates) {
      if (variables.contains(update.variable())) {
        throw Mistake.in(problem)
            .because(
                "an update assigns \"%s\", which the optimizer moves", update.variable().name())
            .maybe("it should not be among the variables of the problem.");
      }
    }
  }
}
