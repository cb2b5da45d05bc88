package io.github.bilevel4j.problem;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Iterables;
import com.google.common.collect.Sets;
import com.google.common.collect.Streams;
import io.github.bilevel4j.backend.Update;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Reachability;
import io.github.bilevel4j.expr.Variables;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.op.Leaf;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What must hold for a problem to be well posed. Each violation is told with its remedy. */
final class Validation {
  private static final int NAMED = 4;

  private final String name;
  private final String problem;

  Validation(String name) {
    this.name = name;
    this.problem = "problem \"" + name + "\"";
  }

  static ImmutableSet<Expr> leaves(Variables variables) {
    return ImmutableSet.copyOf(variables.leaves().values());
  }

  void requireVariables(String level, Variables variables) {
    if (variables.isEmpty()) {
      throw UsageError.in(problem)
          .because("the %s has no variables", level)
          .maybe("a condition on their names matched none.");
    }
  }

  /** No variable may be on two levels, be they one above the other or side by side. */
  void requireDisjoint(List<InnerLevel> levels, OuterLevel outer) {
    Set<Expr> below = new LinkedHashSet<>();
    for (InnerLevel level : levels) {
      for (InnerLevel part : level.parts()) {
        for (Expr leaf : part.variables().leaves().values()) {
          if (!below.add(leaf)) {
            throw UsageError.in(problem)
                .because("the variable \"%s\" is on two levels", leaf.name())
                .maybe("one of them should have a copy: phi.copy(\"second\").");
          }
        }
      }
    }
    for (Expr shared : Sets.intersection(below, leaves(outer.variables()))) {
      throw UsageError.in(problem)
          .because("the variable \"%s\" is on both levels", shared.name())
          .maybe(
              "the inner level should have a copy: phi = theta.copy(\"inner\"), startingAt(theta).");
    }
  }

  /**
   * Levels side by side must not read each other, not even through the levels below; a lower level
   * must be of use above; and a starting point must not be solved for at or below its own level.
   *
   * @param levels the inner level and those below it, deepest first
   */
  void requireOrder(List<InnerLevel> levels, OuterLevel outer) {
    Map<Expr, Set<Expr>> behind = new HashMap<>();
    Set<Expr> solved = new LinkedHashSet<>();
    for (InnerLevel level : levels) {
      solved.addAll(level.variables().leaves().values());
      for (InnerLevel part : level.parts()) {
        requireStartAbove(part, solved);
        Set<Expr> read = closed(variablesIn(expressions(part)), behind);
        requireIndependent(part, level, read);
        part.variables().leaves().values().forEach(leaf -> behind.put(leaf, read));
      }
    }
    for (int i = 0; i < levels.size() - 1; i++) {
      for (InnerLevel part : levels.get(i).parts()) {
        requireRead(part, levels.subList(i + 1, levels.size()), outer);
      }
    }
  }

  private static List<Expr> expressions(InnerLevel level) {
    List<Expr> all = new ArrayList<>();
    all.add(level.objective().total());
    level.start().ifPresent(start -> all.addAll(start.components().values()));
    return all;
  }

  private static Set<Expr> variablesIn(Collection<Expr> expressions) {
    return ImmutableSet.copyOf(Iterables.filter(Expr.nodesOf(expressions), Expr::isVariable));
  }

  /** With what the solutions of lower levels among them were made of. */
  private static Set<Expr> closed(Set<Expr> variables, Map<Expr, Set<Expr>> behind) {
    Set<Expr> all = new LinkedHashSet<>(variables);
    variables.forEach(variable -> all.addAll(behind.getOrDefault(variable, Set.of())));
    return all;
  }

  private void requireStartAbove(InnerLevel level, Set<Expr> solved) {
    for (Vector start : level.start().stream().toList()) {
      for (Expr variable : Sets.intersection(variablesIn(start.components().values()), solved)) {
        throw UsageError.in(problem)
            .because(
                "an inner level starts at \"%s\", a variable at or below its own level",
                variable.name())
            .row("level over", level.variables().names().toString())
            .maybe("no startingAt(...) was meant: each solve then starts where the last ended.");
      }
    }
  }

  private void requireIndependent(InnerLevel part, InnerLevel level, Set<Expr> read) {
    for (InnerLevel other : level.parts()) {
      for (Expr variable : Sets.intersection(leaves(other.variables()), read)) {
        if (!other.equals(part)) {
          throw UsageError.in(problem)
              .because(
                  "of two inner levels side by side one reads the variable \"%s\" of the other",
                  variable.name())
              .row("it is over", part.variables().names().toString())
              .row("the other over", other.variables().names().toString())
              .maybe(
                  "one is below the other: inner(...)...solvedBy(...).under(...), or they are one"
                      + " level.");
        }
      }
    }
  }

  private void requireRead(InnerLevel part, List<InnerLevel> above, OuterLevel outer) {
    List<Expr> readers = new ArrayList<>();
    above.forEach(level -> readers.add(level.objective().total()));
    readers.add(outer.objective().total());
    if (Sets.intersection(variablesIn(readers), leaves(part.variables())).isEmpty()) {
      throw UsageError.in(problem)
          .because("no objective above reads the variables of a lower level")
          .row("lower variables", part.variables().names().toString())
          .maybe("this level can be left out.");
    }
  }

  /** An objective that its own variables move, each of them. */
  void requireSolvable(String rank, InnerLevel level) {
    String role = rank + " objective";
    requireTermsReach(role, level.objective(), rank + " variables", leaves(level.variables()));
    requireReached(role, level.objective(), level.variables());
  }

  /** A lower level is differentiated through its steps, and depends on something above. */
  void requireLower(InnerLevel level, List<InnerLevel> above, OuterLevel outer) {
    Set<Expr> variables = new LinkedHashSet<>(leaves(outer.variables()));
    above.forEach(each -> variables.addAll(leaves(each.variables())));
    for (InnerLevel part : level.parts()) {
      if (part.steps() == 0) {
        throw UsageError.in(problem)
            .because("a lower level is presolved, so there are no steps to differentiate")
            .row("lower variables", part.variables().names().toString())
            .maybe("solvedBy(...) was meant.");
      }
      Coupling.of(part).requireLower(name, function -> Coupling.reaches(function, variables));
    }
  }

  /** A term without a differentiable path to any variable moves nothing. */
  void requireTermsReach(String role, Objective objective, String kind, Set<Expr> variables) {
    for (Term term : objective.terms()) {
      if (!Coupling.reaches(term.value(), variables)) {
        boolean mentioned = variables.stream().anyMatch(term.value()::contains);
        throw UsageError.in(problem)
            .because("the term \"%s\" of the %s does not reach the %s", term.name(), role, kind)
            .row("term", term.toString())
            .row("contains", leaves(term.value()))
            .maybe(
                "%s",
                mentioned
                    ? "a detached() or a comparison cuts its derivative."
                    : "it was written with other variables.");
      }
    }
  }

  /** The names of the variables and inputs in an expression. */
  private static String leaves(Expr expression) {
    List<String> names =
        Streams.stream(Expr.nodesOf(List.of(expression)))
            .filter(node -> node.isVariable() || node.op() instanceof Leaf.Input)
            .map(Expr::label)
            .toList();
    return names.isEmpty()
        ? "no variable"
        : String.join(", ", names.subList(0, Math.min(NAMED, names.size())))
            + (names.size() > NAMED ? ", ..." : "");
  }

  void requireReached(String role, Objective objective, Variables variables) {
    Reachability reach = Reachability.of(objective.total());
    variables
        .leaves()
        .forEach(
            (name, leaf) -> {
              if (!reach.reaches(leaf)) {
                throw UsageError.in(problem)
                    .because("the %s does not reach the variable \"%s\"", role, name)
                    .row("variable", leaf.name(), leaf.shape().toString())
                    .maybe("it should not be among the variables of this level.");
              }
            });
  }

  void requireDependence(Objective outer, InnerLevel inner) {
    for (InnerLevel part : inner.parts()) {
      if (!Coupling.reaches(outer.total(), leaves(part.variables()))) {
        throw UsageError.in(problem)
            .because("the outer objective does not depend on the inner variables")
            .row("inner variables", part.variables().names().toString())
            .maybe(
                "%s",
                inner.parts().size() == 1
                    ? "the problem has one level: SingleLevel.problem(...)."
                    : "this inner level can be left out.");
      }
    }
  }

  /** The outer variables act on the inner solution, and each of them acts somewhere. */
  void requireCoupling(InnerLevel inner, OuterLevel outer, HypergradientEstimator estimator) {
    List<Expr> seen = new ArrayList<>();
    seen.add(outer.objective().total());
    for (InnerLevel part : inner.parts()) {
      Coupling coupling = Coupling.of(part);
      coupling.require(name, outer, estimator, f -> Coupling.reaches(f, leaves(outer.variables())));
      for (Coupling.Place place : estimator.differentiation(part).places()) {
        seen.addAll(coupling.functions().get(place).components().values());
      }
    }
    List<Reachability> reaches = seen.stream().map(Reachability::of).toList();
    for (Expr leaf : outer.variables().leaves().values()) {
      if (reaches.stream().noneMatch(reach -> reach.reaches(leaf))) {
        throw UsageError.in(problem)
            .because("neither objective reaches the outer variable \"%s\"", leaf.name())
            .row("variable", leaf.name(), leaf.shape().toString())
            .maybe("it should not be among the variables of this level.");
      }
    }
  }

  void requireUpdatesElsewhere(List<Update> updates, Set<Expr> variables) {
    for (Update update : updates) {
      if (variables.contains(update.variable())) {
        throw UsageError.in(problem)
            .because(
                "an update assigns \"%s\", which the optimizer moves", update.variable().name())
            .maybe("it should not be among the variables of the problem.");
      }
    }
  }
}
