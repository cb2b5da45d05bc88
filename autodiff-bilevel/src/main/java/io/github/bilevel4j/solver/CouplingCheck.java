package io.github.bilevel4j.solver;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Streams;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.check.UsageError;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.InnerLevel;
import io.github.bilevel4j.problem.Optimizer;
import io.github.bilevel4j.problem.Term;
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
        throw UsageError.in(in(problem))
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
      Vector gradient = gradient(part);
      if (!anyReaches(gradient, theta)) {
        requireSteps(problem, part, theta);
      }
    }
  }

  /** Checks the deepest level of a problem of more. */
  static void requireBelow(BilevelProblem problem) {
    Vector point = above(problem);
    for (InnerLevel part : problem.lower().get(0).parts()) {
      Vector gradient = gradient(part);
      if (!anyReaches(gradient, point) && !stepsReach(part, point)) {
        throw UsageError.in(in(problem))
            .because("the gradient of a lower objective does not contain a variable from above")
            .row("lower variables", part.variables().names().toString())
            .maybe("their terms are only added: a product or a near(...) is missing.");
      }
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

  private static String in(BilevelProblem problem) {
    return "problem \"" + problem.name() + "\"";
  }

  private static Vector gradient(InnerLevel level) {
    return Derivatives.gradient(level.objective().total(), level.variables().vector());
  }

  private static boolean anyReaches(Vector values, Vector point) {
    return values.components().values().stream()
        .anyMatch(value -> !Derivatives.reached(value, point).isEmpty());
  }

  /** Whether the starting point or the rule of the steps, such as a learned rate, does. */
  private static boolean stepsReach(InnerLevel level, Vector point) {
    Vector phi = level.variables().vector();
    Optimizer.State start = level.optimizer().start(level.start().orElse(phi));
    return anyReaches(level.optimizer().next(start, phi).parameters(), point);
  }

  private static void requireSteps(BilevelProblem problem, InnerLevel part, Vector theta) {
    boolean follows = problem.hypergradient().followsInnerSteps();
    if (follows && stepsReach(part, theta)) {
      return;
    }
    throw UsageError.in(in(problem))
        .because(
            "the inner gradient does not contain the outer variables, so %s",
            follows
                ? "the inner solution does not depend on them"
                : "an implicit hypergradient is zero")
        .row("inner variables", part.variables().names().toString())
        .row("outer variables", theta.components().keySet().toString())
        .row("hypergradient", problem.hypergradient().description())
        .maybe(
            "the objective only adds terms of each: a product or near(theta, 1 / rate) is missing.");
  }
}
