package io.github.bilevel4j.solver.diagnosis;

import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.expr.Expr;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.solver.estimator.AdjointSystem;
import io.github.bilevel4j.solver.linear.BreakdownException;
import io.github.bilevel4j.solver.linear.ConjugateGradient;
import io.github.bilevel4j.solver.linear.DirectSolver;
import io.github.bilevel4j.solver.linear.Gmres;
import io.github.bilevel4j.solver.linear.LinearSolve;
import io.github.bilevel4j.solver.linear.LinearSolver;
import io.github.bilevel4j.solver.linear.SolveReport;
import io.github.bilevel4j.solver.step.internal.UnitRoundoff;

/**
 * The hypergradient with an adjoint solved to rounding, where the variables are; and Newton's
 * method to where they should be.
 */
final class ExactAdjoint {
  private static final int DENSE = 300;
  private static final int NEWTON = 30;
  private static final String NORM = "norm";
  private static final String OUTER = "outer";

  private final LinearSolve adjoint;
  private final Program beginAdjoint;
  private final Program read;
  private final LinearSolve newton;
  private final Program beginNewton;
  private final Program correct;
  private final Program state;
  private final double roundoff;

  ExactAdjoint(
      String name, BilevelProblem problem, AdjointSystem system, boolean symmetric, Engine engine) {
    roundoff = UnitRoundoff.of(engine);
    LinearSolver solver = solver(system.right().dimension(), symmetric);
    adjoint =
        LinearSolve.of(name, system.kind(), solver, system.operator(), system.right(), engine);
    beginAdjoint = adjoint.begin(Step.named(name + "/begin"));
    Expr outer = problem.outer().objective().total();
    Vector direct = Derivatives.gradient(outer, problem.outer().variables().vector());
    read =
        engine.compile(
            Step.named(name + "/read")
                .outputs(direct.plus(system.pulledBack().apply(adjoint.solution())).components()));
    AdjointSystem.Newton correction = system.newton();
    newton =
        LinearSolve.of(
            name + "/newton",
            system.kind(),
            solver,
            system.newtonOperator(),
            correction.right(),
            engine);
    beginNewton = newton.begin(Step.named(name + "/newton"));
    correct =
        engine.compile(
            Step.named(name + "/correct")
                .updating(correction.corrected().apply(newton.solution())));
    state =
        engine.compile(
            Step.named(name + "/state")
                .output(NORM, correction.right().norm())
                .output(OUTER, outer));
  }

  private static LinearSolver solver(long dimension, boolean symmetric) {
    if (dimension <= DENSE) {
      return DirectSolver.lu();
    }
    return symmetric
        ? ConjugateGradient.steps(2 * DENSE).tolerance(0).safeguarded()
        : Gmres.restart(20).cycles(DENSE / 10);
  }

  /** The hypergradient where the variables are. */
  HostVector hypergradient(Feed feed) {
    SolveReport report = adjoint.run(beginAdjoint.run(feed.limitedTo(beginAdjoint)), feed);
    if (report.hasResidual() && !Double.isFinite(report.residual())) {
      throw new BreakdownException("the reference cannot be solved", 0, Double.NaN);
    }
    return HostVector.of(read.run(feed.limitedTo(read)).all());
  }

  /** The norm of the residual of the inner problem, zero at its solution. */
  double distance(Feed feed) {
    return state.run(feed.limitedTo(state)).scalar(NORM);
  }

  /** The outer objective where the variables are. */
  double outer(Feed feed) {
    return state.run(feed.limitedTo(state)).scalar(OUTER);
  }

  /**
   * Moves the inner variables to their solution by Newton's method; says whether it converged. They
   * are left where it ended.
   */
  boolean solveInner(Feed feed) {
    double first = distance(feed);
    double before = first;
    for (int k = 0; k < NEWTON; k++) {
      if (before == 0) {
        return true;
      }
      newton.run(beginNewton.run(feed.limitedTo(beginNewton)), feed);
      correct.run(feed.limitedTo(correct));
      double now = distance(feed);
      if (!Double.isFinite(now) || now > 1e3 * first) {
        return false;
      }
      if (k > 0 && now > before / 2) {
        // Rounding is all that is left, or it does not converge.
        return now <= Math.sqrt(roundoff) * Math.max(first, 1);
      }
      before = now;
    }
    return false;
  }
}
