package io.github.bilevel4j.examples.bilevel;

import com.google.common.collect.ImmutableMap;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.problem.HypergradientEstimator;
import java.util.Optional;

/**
 * A bi-level problem whose inner solution can be written down as an expression.
 *
 * @param rate with which gradient descent solves the inner problem
 * @param steps the number of its steps that solve the inner problem
 * @param innerSolution as expressions of the outer variables: a closed form, or the steps of a
 *     method that reaches machine precision. Its derivative is that of the inner solution too
 * @param outerSolution if it is known
 */
public record SolvedProblem(
    double rate, int steps, Form form, Vector innerSolution, Optional<Vector> outerSolution) {

  /** The problem but for what can be chosen. */
  @FunctionalInterface
  public interface Form {
    /** The problem with so many inner steps, differentiated by an estimator. */
    BilevelProblem problem(int steps, HypergradientEstimator estimator);
  }

  /** A problem with one inner variable whose solution is given. */
  static SolvedProblem of(double rate, int steps, Form form, Expr inner, Expr solution) {
    return new SolvedProblem(rate, steps, form, at(inner, solution), Optional.empty());
  }

  /** With the solution of its one outer variable. */
  SolvedProblem solvedAt(Expr outer, Expr solution) {
    return new SolvedProblem(rate, steps, form, innerSolution, Optional.of(at(outer, solution)));
  }

  private static Vector at(Expr variable, Expr value) {
    return Vector.of(ImmutableMap.of(variable.name(), value));
  }

  /** The problem with so many inner steps, differentiated by an estimator. */
  public BilevelProblem problem(int innerSteps, HypergradientEstimator estimator) {
    return form.problem(innerSteps, estimator);
  }

  /** The outer objective at the inner solution, {@code F(theta, phi*(theta))}. */
  Expr value(BilevelProblem problem) {
    return problem.outer().objective().total().substitute(problem.innerVariables(), innerSolution);
  }
}
