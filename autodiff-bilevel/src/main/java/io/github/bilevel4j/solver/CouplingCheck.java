package io.github.bilevel4j.solver;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Streams;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.Coupling;
import io.github.bilevel4j.problem.InnerLevel;
import io.github.bilevel4j.problem.Term;
import io.github.bilevel4j.solver.step.InnerSteps;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What the derivatives of a problem's objectives say about it before any number is known. An
 * objective may contain a variable and yet not move with it: {@code g(phi) + h(theta)} couples
 * nothing, for its mixed derivative is zero.
 */
final class CouplingCheck {
  private CouplingCheck() {}

  /**
   * Checks that each term of a level has a derivative once those inside it are taken: by the
   * level's variables or by those below, which stand for their solution.
   */
  static void requireDerivatives(BilevelProblem problem) {
    Set<Expr> solved = new LinkedHashSet<>();
    for (InnerLevel level : problem.lower()) {
      requireDerivatives(problem, "lower", level, solved);
    }
    requireDerivatives(problem, "inner", problem.inner(), solved);
  }

  private static void requireDerivatives(
      BilevelProblem problem, String rank, InnerLevel level, Set<Expr> solved) {
    solved.addAll(level.variables().leaves().values());
    for (Term term : level.objective().terms()) {
      if (Derivatives.reached(term.value(), numbered(solved)).isEmpty()) {
        throw UsageError.in("problem \"" + problem.name() + "\"")
            .because(
                "the derivative of the term \"%s\" of the %s objective is zero everywhere",
                term.name(), rank)
            .row(rank + " variables", level.variables().names().toString())
            .maybe("a derivative inside it is constant, such as that of a linear function.");
      }
    }
  }

  private static Vector numbered(Iterable<Expr> leaves) {
    ImmutableMap.Builder<String, Expr> all = ImmutableMap.builder();
    int number = 0;
    for (Expr leaf : leaves) {
      all.put(number++ + " " + leaf.name(), leaf);
    }
    return Vector.of(all.buildOrThrow());
  }

  /** Checks a problem of two levels. */
  static void require(BilevelProblem problem) {
    Vector theta = problem.outer().variables().vector();
    for (InnerLevel part : problem.inner().parts()) {
      Coupling.of(part, InnerSteps.gradient(part))
          .require(
              problem.name(),
              problem.outer(),
              problem.hypergradient(),
              function -> !Derivatives.reached(function, theta).isEmpty());
    }
  }

  /** Checks the deepest level of a problem of more. */
  static void requireBelow(BilevelProblem problem) {
    Vector point = above(problem);
    for (InnerLevel part : problem.lower().get(0).parts()) {
      Coupling.of(part, InnerSteps.gradient(part))
          .requireLower(
              problem.name(), function -> !Derivatives.reached(function, point).isEmpty());
    }
  }

  /** All variables above the deepest level, whose keys may be the same on several levels. */
  private static Vector above(BilevelProblem problem) {
    return numbered(
        Streams.concat(
                problem.lower().stream().skip(1).map(InnerLevel::variables),
                Stream.of(problem.innerVariables(), problem.outerVariables()))
            .flatMap(variables -> variables.leaves().values().stream())
            .toList());
  }
}
