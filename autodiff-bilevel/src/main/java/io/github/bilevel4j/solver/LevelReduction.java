package io.github.bilevel4j.solver;

import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.solver.step.InnerSteps;
import java.util.function.UnaryOperator;

/**
 * Problems as the estimators take them: two levels, without symbolic gradients, coupled.
 *
 * <p>Of three or more levels the deepest one is solved first: its steps, written out, take the
 * place of its variables in all levels above. What is differentiated after that is the total
 * derivative.
 */
final class LevelReduction {
  private LevelReduction() {}

  /**
   * The problem of two levels that a problem stands for, on so many replicas.
   *
   * @throws IllegalArgumentException if the gradient of a level is zero by structure or does not
   *     depend on the levels above
   */
  static BilevelProblem resolved(BilevelProblem problem, int replicas) {
    CouplingCheck.requireDerivatives(problem);
    // Symbolic gradients are expanded while their points still are the variables: afterwards other
    // expressions, which occur elsewhere too, stand in their place.
    BilevelProblem resolved = DataParallel.of(problem.map(Derivatives::expand), replicas);
    while (!resolved.lower().isEmpty()) {
      CouplingCheck.requireBelow(resolved);
      Vector solution = InnerSteps.unrolled(resolved.lower().get(0), UnaryOperator.identity());
      resolved = resolved.withLowestAt(solution);
    }
    CouplingCheck.require(resolved);
    return resolved;
  }
}
