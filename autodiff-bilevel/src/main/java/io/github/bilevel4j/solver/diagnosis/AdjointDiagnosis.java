package io.github.bilevel4j.solver.diagnosis;

import io.github.bilevel4j.autodiff.Derivatives;
import io.github.bilevel4j.backend.Engine;
import io.github.bilevel4j.backend.Feed;
import io.github.bilevel4j.backend.Program;
import io.github.bilevel4j.backend.Results;
import io.github.bilevel4j.backend.Step;
import io.github.bilevel4j.expr.Vector;
import io.github.bilevel4j.problem.BilevelProblem;
import io.github.bilevel4j.solver.estimator.AdjointSolve;
import io.github.bilevel4j.solver.estimator.AdjointSystem;
import io.github.bilevel4j.solver.linear.BreakdownException;
import io.github.bilevel4j.solver.linear.LinearSolve;
import io.github.bilevel4j.solver.linear.SolveReport;
import io.github.bilevel4j.solver.step.NotFiniteException;
import io.github.bilevel4j.solver.step.internal.VectorChange;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The diagnosis of an estimate with an adjoint: more iterations at the inner solution, then a
 * Newton correction of it, and the same again. All variables are put back.
 */
final class AdjointDiagnosis {
  private static final String GRADIENT = "gradient";
  private static final String RESIDUAL = "residual";
  private static final String STEP = "step";
  private static final String POINT = "point";

  /** Further iterations go on in rounds until one round changes this share of the difference. */
  private static final double SETTLED = 0.2;

  private static final int ROUNDS = 10;

  /** Iterations in a round. */
  private static final int DELAY = 3;

  /** The true residual below which a method that cannot go on, such as a dense one, is exact. */
  private static final double EXACT = 1e-4;

  /** Relative residual to which the Newton correction is computed, and its iterations. */
  private static final double NEWTON_RESIDUAL = 1e-3;

  private static final int NEWTON_ITERATIONS = 200;

  private final BilevelProblem problem;
  private final AdjointSolve estimate;
  private final VectorChange whole;
  private final VectorChange round;
  private final Program gradientNorm;
  private final Program residual;
  private final LinearSolve newton;
  private final Program beginNewton;
  private final Program correct;

  AdjointDiagnosis(BilevelProblem problem, AdjointSolve estimate, Engine engine) {
    this.problem = problem;
    this.estimate = estimate;
    String name = problem.name() + "/diagnosis";
    whole = new VectorChange(name, estimate.current(), engine);
    round = new VectorChange(name + "/round", estimate.current(), engine);
    Vector phi = problem.inner().variables().vector();
    Vector gradient = Derivatives.gradient(problem.inner().objective().total(), phi);
    gradientNorm = engine.compile(Step.named(name + "/gradient").output(GRADIENT, gradient.norm()));
    AdjointSystem system = estimate.system();
    residual =
        engine.compile(
            Step.named(name + "/residual")
                .output(
                    RESIDUAL,
                    system.right().minus(system.operator().times(estimate.adjoint())).norm())
                .output("right", system.right().norm()));
    newton = estimate.another(name + "/newton", system.newtonOperator(), system.newton().right());
    beginNewton = newton.begin(Step.named(name + "/newton"));
    correct =
        engine.compile(
            Step.named(name + "/correct")
                .output(STEP, newton.solution().norm())
                .output(POINT, phi.norm())
                .updating(system.newton().corrected().apply(newton.solution())));
  }

  /** Diagnoses the inner solution that the estimate finds from the present state. */
  Diagnosis run(Feed feed) {
    try {
      estimate.inner().begin(feed);
      double start = gradientNorm(feed);
      estimate.inner().steps(() -> feed);
      return here(feed, start);
    } finally {
      estimate.restore();
    }
  }

  private double gradientNorm(Feed feed) {
    return gradientNorm.run(feed.limitedTo(gradientNorm)).scalar(GRADIENT);
  }

  private Diagnosis here(Feed feed, double startGradient) {
    int steps = problem.inner().steps();
    AdjointSolve.Solved solved;
    try {
      solved = estimate.solve(feed);
    } catch (BreakdownException breakdown) {
      Diagnosis.Inner inner =
          new Diagnosis.Inner(steps, startGradient, gradientNorm(feed), OptionalDouble.empty());
      return diagnosis(
          OptionalDouble.empty(), inner, broken(breakdown), Diagnosis.Errors.unknown());
    }
    whole.keep(feed);
    final double norm = whole.since(feed).norm();
    SolveReport report = solved.report();
    int iterations = report.iterations();
    OptionalDouble claimed = residual(report);
    double trueResidual = trueResidual(feed);
    int delay = settle(report, feed);
    boolean known = report.hasResidual() || trueResidual < EXACT;
    final OptionalDouble truncation = known ? share(whole.since(feed)) : OptionalDouble.empty();
    // More iterations have made the estimates of the eigenvalues better.
    Diagnosis.Linear linear =
        new Diagnosis.Linear(
            estimate.method().description(),
            estimate.system().damping(),
            iterations,
            claimed,
            OptionalDouble.of(trueResidual),
            report.smallestCurvature(),
            report.smallestEigenvalue(),
            report.largestEigenvalue(),
            Optional.empty());
    Optional<Corrected> corrected = corrected(feed, delay);
    Diagnosis.Inner inner =
        new Diagnosis.Inner(
            steps, startGradient, solved.gradientNorm(), of(corrected.map(Corrected::distance)));
    Diagnosis.Errors error =
        new Diagnosis.Errors(
            truncation,
            of(corrected.map(Corrected::inner)),
            known ? of(corrected.map(Corrected::total)) : OptionalDouble.empty(),
            delay);
    return diagnosis(OptionalDouble.of(norm), inner, linear, error);
  }

  private Diagnosis diagnosis(
      OptionalDouble norm, Diagnosis.Inner inner, Diagnosis.Linear linear, Diagnosis.Errors error) {
    return new Diagnosis(
        problem.name(),
        problem.hypergradient().description(),
        norm,
        inner,
        Optional.of(linear),
        error,
        Advice.of(inner, linear, error));
  }

  private double trueResidual(Feed feed) {
    Results results = residual.run(feed.limitedTo(residual));
    double right = results.scalar("right");
    return right == 0 ? 0 : results.scalar(RESIDUAL) / right;
  }

  /** Further iterations until they change little; returns their number. */
  private int settle(SolveReport report, Feed feed) {
    int delay = 0;
    boolean settled = false;
    for (int k = 0; k < ROUNDS && !settled; k++) {
      round.keep(feed);
      delay += DELAY;
      boolean more = estimate.continueFor(DELAY, report, feed);
      double change = round.since(feed).distance();
      settled = !more || (k > 0 && change <= SETTLED * whole.since(feed).distance());
    }
    return delay;
  }

  /**
   * What the Newton correction tells.
   *
   * @param distance of the corrected point in relation to the inner variables
   * @param inner the hypergradient's relative change by the correction
   * @param total its relative change by the correction and further iterations
   */
  record Corrected(double distance, double inner, double total) {}

  private Optional<Corrected> corrected(Feed feed, int delay) {
    try {
      double distance = correct(feed);
      AdjointSolve.Solved solved = estimate.solve(feed);
      double inner = whole.since(feed).relative();
      estimate.continueFor(delay, solved.report(), feed);
      return finite(new Corrected(distance, inner, whole.since(feed).relative()));
    } catch (BreakdownException | NotFiniteException failure) {
      return Optional.empty();
    }
  }

  /**
   * Corrects the point where the inner variables are and compares the hypergradient there with
   * another one.
   *
   * @param difference of the two hypergradients
   */
  Optional<Corrected> correctedFrom(Feed feed, VectorChange difference) {
    try {
      double distance = correct(feed);
      AdjointSolve.Solved solved = estimate.solve(feed);
      settle(solved.report(), feed);
      double share =
          new VectorChange.RelativeChange(whole.since(feed).norm(), difference.since(feed).norm())
              .relative();
      return finite(new Corrected(distance, share, share));
    } catch (BreakdownException | NotFiniteException failure) {
      return Optional.empty();
    }
  }

  private static Optional<Corrected> finite(Corrected corrected) {
    return Double.isFinite(corrected.distance + corrected.inner + corrected.total)
        ? Optional.of(corrected)
        : Optional.empty();
  }

  /** Makes the Newton correction and returns its length relative to the inner variables. */
  private double correct(Feed feed) {
    newton.runWithin(
        beginNewton.run(feed.limitedTo(beginNewton)), NEWTON_RESIDUAL, NEWTON_ITERATIONS, feed);
    Results step = correct.run(feed.limitedTo(correct));
    double point = step.scalar(POINT);
    return point == 0 ? step.scalar(STEP) : step.scalar(STEP) / point;
  }

  private static OptionalDouble residual(SolveReport report) {
    return report.hasResidual() ? OptionalDouble.of(report.claimed()) : OptionalDouble.empty();
  }

  private Diagnosis.Linear broken(BreakdownException breakdown) {
    return new Diagnosis.Linear(
        estimate.method().description(),
        estimate.system().damping(),
        breakdown.iterations(),
        OptionalDouble.empty(),
        OptionalDouble.empty(),
        breakdown.curvature(),
        OptionalDouble.empty(),
        OptionalDouble.empty(),
        Optional.of(breakdown.getMessage()));
  }

  private static OptionalDouble share(VectorChange.RelativeChange moved) {
    double share = moved.relative();
    return Double.isFinite(share) ? OptionalDouble.of(share) : OptionalDouble.empty();
  }

  static OptionalDouble of(Optional<Double> value) {
    return value.map(OptionalDouble::of).orElseGet(OptionalDouble::empty);
  }
}
