package io.github.bilevel4j.solver.diagnosis;

import com.google.common.collect.Maps;
import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.solver.linear.BreakdownException;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import io.github.bilevel4j.solver.linear.LinearOperator;
import io.github.bilevel4j.solver.linear.LinearSolve;
import io.github.bilevel4j.solver.linear.SolveReport;
import io.github.bilevel4j.solver.step.InnerSteps;
import java.util.Map;
import java.util.Optional;

/**
 * Looks for a direction of negative curvature of the inner Hessian: conjugate gradients from a
 * random right side meet one, with probability one, unless the Hessian is positive definite.
 */
final class NegativeCurvature {
  private static final int MOST = 300;

  private final LinearSolve solve;
  private final Program begin;

  private NegativeCurvature(LinearSolve solve, Program begin) {
    this.solve = solve;
    this.begin = begin;
  }

  static NegativeCurvature of(BilevelProblem problem, Engine engine) {
    Vector phi = problem.inner().variables().vector();
    Vector gradient = InnerSteps.gradient(problem.inner());
    LinearOperator hessian = v -> Derivatives.vjp(gradient, phi, v);
    Map<String, Expr> drawn =
        Maps.transformValues(HostVector.direction(phi, 5).components(), Expr::constant);
    String name = problem.name() + "/curvature";
    LinearSolve solve =
        LinearSolve.of(
            name,
            SolveReport.Operator.HESSIAN,
            ConjugateGradient.steps((int) Math.min(MOST, phi.dimension())).tolerance(1e-6),
            hessian,
            Vector.of(drawn),
            engine);
    return new NegativeCurvature(solve, solve.begin(Step.named(name)));
  }

  /** The curvature of a direction where it is not positive, if one was met. */
  Optional<Double> at(Feed feed) {
    try {
      solve.run(begin.run(feed.limitedTo(begin)), feed);
      return Optional.empty();
    } catch (BreakdownException breakdown) {
      return breakdown.curvature().isPresent()
          ? Optional.of(breakdown.curvature().getAsDouble())
          : Optional.empty();
    }
  }
}
